// Package systemd speaks with the service manager that started this process, if it is one:
// sockets that it opened before (sd_listen_fds(3)), and notes on how things stand
// (sd_notify(3)). Without it, or on other systems, everything here does nothing.
package systemd
