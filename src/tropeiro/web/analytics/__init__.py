"""What dashboards show: reads over the rollups that the runtime keeps. The app has no rows of its own to change."""
