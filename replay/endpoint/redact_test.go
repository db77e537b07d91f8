package endpoint

import (
	"bytes"
	"context"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// secrets draws a text that nothing else in an output can be by chance.
var secrets = rapid.StringMatching(`S3cr[A-Za-z0-9]{12,24}`)

// holds tells whether a secret can be read out of text.
func holds(text, secret string) bool {
	return strings.Contains(text, secret) ||
		strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(secret))) ||
		strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret)))
}

// pointer is value as it is kept in fields that are not exported, where fmt calls no methods: by
// reference.
func pointer(value any) any {
	if kind := reflect.TypeOf(value).Kind(); kind == reflect.Pointer || kind == reflect.Func {
		return value
	}
	return &value
}

// printed is value in every form that something may print it in.
func printed(t interface{ Fatal(...any) }, value any) map[string]string {
	forms := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08.3f", "%T"} {
		forms[verb] = fmt.Sprintf(verb, value)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		forms["list "+verb] = fmt.Sprintf(verb, []any{value})
		forms["map "+verb] = fmt.Sprintf(verb, map[string]any{"x": value})
		forms["field "+verb] = fmt.Sprintf(verb, struct{ Exported any }{value})
		forms["hidden field "+verb] = fmt.Sprintf(verb, struct{ hidden any }{pointer(value)})
	}
	text, err := json.Marshal(map[string]any{"x": value})
	if err != nil {
		t.Fatal(err)
	}
	forms["json"] = string(text)
	if _, ok := value.(encoding.TextMarshaler); ok {
		if text, err = yaml.Marshal(map[string]any{"x": value}); err != nil {
			t.Fatal(err)
		}
		forms["yaml"] = string(text)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", slog.Group("g", "value", value))
	forms["log"] = log.String()
	return forms
}

func TestNoPrintedFormHoldsASecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := secrets.Draw(t, "secret")
		token, err := Static(secret)
		if err != nil {
			t.Fatal(err)
		}
		command, err := ParseToken("exec://get " + secret)
		if err != nil {
			t.Fatal(err)
		}
		endpoint := Endpoint{
			Name:   "prod",
			URL:    &url.URL{Scheme: "https", Host: "care.example.com", User: url.UserPassword("u", secret), RawQuery: "t=" + secret, Fragment: secret},
			Header: http.Header{"Authorization": {"Bearer " + secret}, "Cookie": {"session=" + secret}, "X-Key": {secret}},
			Token:  rapid.SampledFrom([]Token{token, command, newStdinToken(strings.NewReader(secret))}).Draw(t, "token"),
		}
		if _, err := endpoint.Bearer(context.Background()); err != nil && endpoint.Token != command {
			t.Fatal(err) // resolved once, so that what is kept is there to leak
		}
		named := Context{
			Name: "prod", Server: "https://u:" + secret + "@care.example.com", Token: rapid.SampledFrom([]string{secret, "exec://get " + secret}).Draw(t, "reference"),
			Headers: map[string]string{"Cookie": secret, "X-Key": secret},
		}
		config := Config{Contexts: map[string]Context{"prod": named}}
		for _, value := range []any{endpoint, &endpoint, endpoint.Token, endpoint.Shown(), named, &named, named.Shown(), config, &config} {
			for form, text := range printed(t, value) {
				if holds(text, secret) {
					t.Fatalf("%T printed as %s holds the secret: %s", value, form, text)
				}
			}
		}
	})
}

func TestStringOfEndpoint(t *testing.T) {
	e, err := Resolve(Sources{
		Flags:  Settings{Headers: []string{"X-Tenant: blue"}},
		Config: &Config{Current: "prod", Contexts: map[string]Context{"prod": {Name: "prod", Server: "https://care.example.com/a", Token: "env://CARE", Transport: "websocket"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.String(), "prod https://care.example.com/a (token env://CARE, websocket, headers X-Tenant)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := e.Server(), "https://care.example.com/a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := e.Origin(), "https://care.example.com"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"prod","server":"https://care.example.com/a","socketPath":"/a/socket.io","transport":"websocket","headers":["X-Tenant"],"token":"env://CARE","timeout":"10s"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// Whatever is wrong, and wherever the secret stands: the error must not repeat it.
func TestNoErrorHoldsASecret(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		secret := secrets.Draw(t, "secret")
		odd := rapid.SampledFrom([]string{"", " ", "\n", "\x00", "\x1b", "ä", "@", "?", "#", ":", "%", "[", "'", "\"", "*", "&", "`", "|", "{", "- "}).Draw(t, "odd")
		text := rapid.SampledFrom([]string{secret + odd, odd + secret, secret + odd + secret}).Draw(t, "text")
		config := filepath.Join(dir, "config.yaml")
		template := rapid.SampledFrom(brokenConfigs).Draw(t, "config")
		if err := os.WriteFile(config, []byte(strings.ReplaceAll(template, "SECRET", text)), 0o600); err != nil {
			t.Fatal(err)
		}
		errs := map[string]error{}
		_, errs["server"] = ParseServer(rapid.SampledFrom([]string{"", "https://", "https://h/?", "https://u:", "ftp://"}).Draw(t, "prefix") + text)
		_, _, errs["header"] = ParseHeader(rapid.SampledFrom([]string{"", "X-Key: ", "Authorization: Bearer ", "Host: "}).Draw(t, "name") + text)
		_, errs["token"] = ParseToken(text)
		_, errs["static"] = Static(text + "\n" + odd + "x y")
		_, errs["config"] = LoadConfig(config)
		_, errs["put"] = Put(config, Context{Name: "a", Server: "https://h", Token: text})
		_, errs["flags"] = Resolve(Sources{Flags: Settings{Server: text, Headers: []string{text}, Transport: text, SocketPath: text}})
		_, errs["environment"] = Resolve(Sources{Env: environment(map[string]string{envToken: text, envHeader: text, envInsecure: text, envTimeout: text, envServer: "https://h"})})
		_, errs["stdin"] = newStdinToken(strings.NewReader(text + " x")).Token(context.Background())
		for name, err := range errs {
			if err == nil {
				continue
			}
			for form, shown := range printed(t, err) {
				if holds(shown, secret) {
					t.Fatalf("%s: the error printed as %s holds the secret: %s", name, form, shown)
				}
			}
			if e, ok := err.(*Error); !ok || holds(e.Hint, secret) {
				t.Fatalf("%s: %T, hint %q", name, err, e.Hint)
			}
		}
	})
}

// brokenConfigs are configuration files with a secret where one can land.
var brokenConfigs = []string{
	"SECRET",
	"contexts: SECRET",
	"contexts:\n  prod: SECRET",
	"contexts:\n  prod:\n    server: https://h\n    token: SECRET",
	"contexts:\n  prod:\n    server: https://u:SECRET@h",
	"contexts:\n  prod:\n    server: https://h\n    headers:\n      Authorization: Bearer SECRET",
	"contexts:\n  prod:\n    server: https://h\n    headers: SECRET",
	"contexts:\n  prod:\n    server: https://h\n    headers:\n      X-Key: [SECRET]",
	"contexts:\n  prod:\n    server: https://h\n    timeout: SECRET",
	"contexts:\n  prod:\n    server: https://h\n    insecure: SECRET",
	"contexts:\n  prod:\n    server: https://h\n    transport: SECRET",
	"contexts:\n  prod:\n    server: https://h\n    socketPath: SECRET",
	"contexts:\n\tprod: SECRET",
	"contexts: {prod: {server: https://h, token: SECRET}",
	"contexts: *SECRET",
	"contexts: !SECRET x",
	"current: [SECRET]",
	"- SECRET",
}
