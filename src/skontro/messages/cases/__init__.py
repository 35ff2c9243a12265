"""ISO 20022 messages about cases: recalls, claims, investigations, charges and their answers."""
