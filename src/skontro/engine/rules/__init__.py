"""The rules of settlement, from acceptance to finality.

In reading order: `validation`, `entry`, `gross` settlement with `limits_and_reservations`,
`queue_bounds` and `bypass`, `pvp`, `links`, `position_limits`, then `requests` with
`order_requests`, `account_requests` and `business_day`.
Each public function cites its paragraphs of the settlement rules by number.
"""
