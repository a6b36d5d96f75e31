"""The built networks beside what their papers print."""
