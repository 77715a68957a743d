"""The demo story: invented people, told through the very actions that the site uses."""
