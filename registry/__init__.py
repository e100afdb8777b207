"""Cards, fetching and the frozen types that flow through the house. Imports nothing of the floors above."""
