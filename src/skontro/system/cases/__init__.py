"""Cases about orders between participants: recalls, claims, investigations and their clocks."""
