"""The rules of settlement, from acceptance to finality.

In reading order: `validation`, `entry`, `gross` settlement with `limits_and_reservations`,
`queue_bounds` and `bypass`, `pvp`, `position_limits`, then `requests` and `account_requests`.
Each public function cites its paragraphs of the settlement rules by number.
"""
