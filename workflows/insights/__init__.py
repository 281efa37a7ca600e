"""What the road of all ideas shows: figures that the clock makes once a day, so that no page ever scans a hundred thousand ideas."""
