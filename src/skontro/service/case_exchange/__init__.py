"""Cases and messages of ISO 20022: messages become acts, and acts become messages."""
