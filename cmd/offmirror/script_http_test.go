package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// get STATUS URL FILE [HEADER: VALUE]… writes the body of an answer, which must
// have that status, to FILE, and its headers to FILE.headers. Redirects are not
// followed. With $CA, the server's certificate must come from there, and be for the
// header Host if there is one, which it is told (SNI).
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: get STATUS URL FILE [HEADER: VALUE]…")
	}
	req, err := http.NewRequest(http.MethodGet, args[1], nil)
	ts.Check(err)
	for _, h := range args[3:] {
		name, value, _ := strings.Cut(h, ":")
		if value = strings.TrimSpace(value); name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	if ca := ts.Getenv("CA"); ca != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(ts.ReadFile(ca)))
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12, ServerName: req.Header.Get("Host")}
	}
	resp, err := transport.RoundTrip(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	var headers strings.Builder
	ts.Check(resp.Header.Write(&headers))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[2])+".headers", []byte(headers.String()), 0o600))
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("GET %s: %s, want %s\n%s", args[1], resp.Status, args[0], body)
	}
}

// certify [NAME]… writes cert.pem and key.pem for 127.0.0.1 and for names.
func certify(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: certify [NAME]…")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:              args,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
	}
}
