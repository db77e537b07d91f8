package commands

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// addresses are those of a machine's interfaces.
func addresses(t *testing.T, texts ...string) (all []net.Addr) {
	t.Helper()
	for _, text := range texts {
		ip, network, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &net.IPNet{IP: ip, Mask: network.Mask})
	}
	return all
}

func TestAddressesThatPhonesReach(t *testing.T) {
	all := addresses(t, "127.0.0.1/8", "::1/128", "fe80::1/64", "169.254.7.7/16", "2001:db8::7/64", "203.0.113.7/24", "fd00::7/64", "192.168.1.7/24", "10.0.0.7/8")
	for onlyIPv4, want := range map[bool][]string{
		true:  {"192.168.1.7", "10.0.0.7", "203.0.113.7"},
		false: {"192.168.1.7", "10.0.0.7", "203.0.113.7", "fd00::7", "2001:db8::7"},
	} {
		if diff := cmp.Diff(want, sortedHosts(all, onlyIPv4)); diff != "" {
			t.Errorf("only IPv4 %v: %s", onlyIPv4, diff)
		}
	}
	for text, want := range map[string][]string{"127.0.0.1": nil, "::1": nil, "192.168.1.7": {"192.168.1.7"}} {
		if diff := cmp.Diff(want, reachableHosts(&net.TCPAddr{IP: net.ParseIP(text), Port: 1})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestListenAddress(t *testing.T) {
	for given, want := range map[string]string{
		"0.0.0.0": "0.0.0.0:4080", "::": "[::]:4080", "127.0.0.1:0": "127.0.0.1:0", ":4081": ":4081", "here": "here",
	} {
		if got := (&serveOptions{addr: given}).listenAddress(); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// TestServeBehindTLS: a client that trusts the day's certificate gets in, and no other; standard
// error says how to tail it.
func TestServeBehindTLS(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	named := filepath.Join(t.TempDir(), "ready.json")
	ready := s.run(serveOptions{tls: true, readyFile: named})
	if !strings.HasPrefix(ready.URL, "https://127.0.0.1:") {
		t.Errorf("url %s", ready.URL)
	}
	text, err := os.ReadFile(ready.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) || strings.Contains(string(text), "PRIVATE") {
		t.Errorf("the authority is %s", text)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	for _, url := range []string{ready.URL, strings.Replace(ready.URL, "127.0.0.1", "localhost", 1)} {
		answer, err := (&http.Client{Transport: transport}).Get(url + "/health")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(body) != `{"ok":true}` || answer.ProtoMajor != 1 {
			t.Errorf("%s: %s %s", url, answer.Proto, body)
		}
	}
	if _, err := http.Get(ready.URL + "/health"); err == nil {
		t.Error("a client that trusts nobody got in")
	}
	s.stop()
	line := "tail it: deltatap tail --server " + ready.URL + " --ca-file " + ready.CAFile + " --token-file " + filepath.Join(filepath.Dir(ready.CAFile), "token") + "\n"
	if said := s.err.String(); !strings.Contains(said, line) || strings.Contains(said, ready.Users[0].Token) {
		t.Errorf("standard error lacks %q, or tells a token:\n%s", line, said)
	}
	if left, _ := os.ReadDir(s.env["XDG_RUNTIME_DIR"]); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestServeWritesRowsFirst: who reads the plan while a change is half done sees it under the old
// version.
func TestServeWritesRowsFirst(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	s.in = strings.Replace(servedPlan, "2027-11-24", "2026-11-24", 1)
	ready := s.run(serveOptions{plan: "-", clock: "2026-11-23T09:00:00Z", rowsFirst: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", ready.URL+"/api/bills/7/mark-paid", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ready.Users[0].Token)
	gone := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(r)
		gone <- err
	}()
	for plan := ""; !strings.Contains(plan, `"paid"`); _, plan = askServed(t, ready.URL+"/api/plan", ready.Users[0].Token) {
	}
	if _, version := askServed(t, ready.URL+"/api/plan/version", ready.Users[0].Token); !strings.HasPrefix(version, `{"planVersion":41,`) {
		t.Errorf("the version is %s", version)
	}
	cancel()
	if err := <-gone; err == nil {
		t.Error("the change was answered before its version was bumped")
	}
	s.stop()
	if said := s.err.String(); strings.Contains(said, "not every client let go") {
		t.Errorf("a pause held the end up:\n%s", said)
	}
}

// TestServeLetsPagesIn: those of --cors and of this machine; it is asked for by the names of --host
// and by addresses.
func TestServeLetsPagesIn(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	ready := s.run(serveOptions{cors: []string{"https://App.example.com:443"}, hosts: []string{"care.example.test"}})
	for _, tc := range []struct {
		origin, host string
		want         int
	}{
		{"", "", 200},
		{"https://app.example.com", "", 200},
		{"http://localhost:3000", "", 200},
		{"https://evil.example.com", "", 403},
		{"", "care.example.test", 200},
		{"", "evil.example.com", 403},
	} {
		r, err := http.NewRequest("GET", ready.URL+"/api/plan/version", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+ready.Users[0].Token)
		if tc.origin != "" {
			r.Header.Set("Origin", tc.origin)
		}
		r.Host = tc.host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != tc.want || answer.Header.Get("Access-Control-Allow-Origin") != tc.origin && tc.want == 200 {
			t.Errorf("page %q, host %q: %d %v, want %d", tc.origin, tc.host, answer.StatusCode, answer.Header, tc.want)
		}
	}
	s.stop()
	for _, want := range []string{"refused a request of a page of https://evil.example.com: --cors lets it in", "refused a request for the host evil.example.com: --host lets it in"} {
		if !strings.Contains(s.err.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, s.err)
		}
	}
}
