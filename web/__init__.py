"""The browser side: routes, pages and their assets."""
