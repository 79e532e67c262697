//! Checks of the workspace's order.
