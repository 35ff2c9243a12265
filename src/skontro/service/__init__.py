"""The live system: one sequencer, an HTTP interface, the business-day clock."""
