"""Places and roads as a graph, and the shortest journeys in it."""
