package main

import (
	"context"
	"fmt"
	"net"
	"os"
)

// server is a program that hands out the mirror's native tree.
type server struct {
	name    string
	program string
	// start returns the command, and the URL of the tree if it is known before;
	// otherwise the first line of its output is the base URL of the mirror.
	start func(b *Bench, root, folder string, port int) (c Command, url string, err error)
}

var servers = []server{
	{"nginx", "nginx", startNginx},
	{"offmirror serve", "", startOffmirror},
	{"python3 -m http.server", "python3", startPython},
}

// startNginx serves the tree as a careful administrator would.
func startNginx(_ *Bench, root, folder string, port int) (Command, string, error) {
	config := fmt.Sprintf(`daemon off;
worker_processes auto;
pid %[1]s/pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  default_type application/octet-stream;
  client_body_temp_path %[1]s;
  proxy_temp_path %[1]s;
  fastcgi_temp_path %[1]s;
  uwsgi_temp_path %[1]s;
  scgi_temp_path %[1]s;
  server { listen 127.0.0.1:%[2]d; root %[3]s; }
}
`, folder, port, root+"/hex")
	if os.Getuid() == 0 {
		config = "user root;\n" + config // the workers must reach the mirror wherever it is
	}
	file := folder + "/nginx.conf"
	err := os.WriteFile(file, []byte(config), 0o644)
	return Command{Args: []string{"nginx", "-p", folder, "-c", file}, Dir: folder}, fmt.Sprintf("http://127.0.0.1:%d", port), err
}

func startOffmirror(b *Bench, root, folder string, port int) (Command, string, error) {
	return Command{Args: []string{
		b.Offmirror, "serve", "--quiet", "--listen", fmt.Sprintf("127.0.0.1:%d", port), root,
	}, Dir: folder}, "", nil
}

func startPython(_ *Bench, root, folder string, port int) (Command, string, error) {
	return Command{Args: []string{
		"python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", root + "/hex", fmt.Sprint(port),
	}, Dir: folder}, fmt.Sprintf("http://127.0.0.1:%d", port), nil
}

// freePort returns a port of the loopback address that nobody listens on.
func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
