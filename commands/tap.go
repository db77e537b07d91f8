package commands

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/server/daycert"
	"github.com/carebase/deltatap/replay/tap"
	"github.com/spf13/cobra"
)

// tapOptions is what tap was asked for.
type tapOptions struct {
	connect connectFlags
	listen  string
	record  string
	output  string
	utc     bool
	tls     bool
	cert    string
	key     string
}

const tapLong = `Stand between an app and its server, and show what the app itself gets.

The app is pointed at the tap instead of the server. Everything passes as it came: REST,
WebSocket and polling, cookies, redirects, streams. What an app gets, and what it asks
/api/plan and /api/plan/version, is its session: with --record DIR one file a device,
DIR/user-7.ndjson.zst, with --record FILE of one device alone. diff explains such a
session as the app's own. Changes that the app asks for are in it without their bodies;
tokens and cookies never are.

Devices are told apart by the subject of their token or by their cookie, else by their
address. A name that is no user's is made with a key that the folder keeps.

Deltas go to standard output as tail prints them, behind the device's name, or with
-o json as session records with "device". The app has its own token: none is given here.

Other machines and phones reach a --listen beyond 127.0.0.1. That needs HTTPS (--tls, with
a certificate that is made for the day, or --tls-cert and --tls-key), or --insecure, which
lets them in without, and leaves the server's own certificate unverified as well.`

const tapExample = `  deltatap tap --server https://care.example.com
  deltatap tap --context staging --record taps
  deltatap tap --context staging --listen 0.0.0.0:8443 --tls
  deltatap diff taps/user-7.ndjson.zst`

func newTap(app *App) *cobra.Command {
	opts := &tapOptions{}
	cmd := &cobra.Command{
		Use:     "tap",
		Short:   "Stand between an app and its server; record what it gets",
		Long:    tapLong,
		Example: tapExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("token-file") {
				return usage("leave it out", "--token-file: the app has its own token")
			}
			return runTap(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.listen, "listen", "127.0.0.1:8080", "the `address` that the app is pointed at; port 0 picks one")
	flags.StringVar(&opts.record, "record", "", "record what apps get into this `DIR`, a session a device, or into this file, of one device")
	flags.BoolVar(&opts.tls, "tls", false, "let apps in by HTTPS, with a certificate made for the day")
	flags.StringVar(&opts.cert, "tls-cert", "", "let apps in by HTTPS, with the certificate in this PEM `file`")
	flags.StringVar(&opts.key, "tls-key", "", "the `file` with the key of --tls-cert")
	flags.BoolVar(&opts.utc, "utc", false, "show times in UTC instead of the local time zone")
	outputFlag(flags, &opts.output, "text", "json")
	opts.connect.register(flags)
	flags.Lookup("insecure").Usage = "let other machines in without TLS, and do not verify the server's certificate"
	flags.Lookup("token-file").Usage = "refused: the app has its own token"
	return cmd
}

func (o *tapOptions) validate() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return usage("", "--tls-cert and --tls-key go together")
	case o.tls && o.cert != "":
		return usage("", "--tls makes a certificate of its own: it does not go with --tls-cert")
	}
	return oneOf("--output", o.output, "text", "json")
}

func runTap(ctx context.Context, app *App, opts *tapOptions) error {
	if err := opts.validate(); err != nil {
		return err
	}
	target, err := opts.connect.resolve(app)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.listen)
	if err != nil {
		return listenError("--listen ", opts.listen, err)
	}
	door, err := opts.secure(app, listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer door.remove()
	t, err := newTapper(app, opts, target)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return t.run(ctx, door)
}

// door is where apps come in.
type door struct {
	net.Listener
	scheme    string
	authority string // a file with the certificate that apps have to trust; "" where there is none
}

// remove removes the file that is of no use behind the tap's end.
func (d *door) remove() {
	if d.authority != "" {
		_ = os.RemoveAll(filepath.Dir(d.authority))
	}
}

// secure puts TLS before what apps reach from other machines, as far as it was asked for.
func (o *tapOptions) secure(app *App, listener net.Listener) (*door, error) {
	plain := &door{Listener: listener, scheme: "http"}
	if o.cert == "" && !o.tls {
		if isReachable(listener.Addr()) && !o.connect.insecure {
			return nil, usage("--tls lets apps in by HTTPS; --insecure lets them in without", "--listen %s: other machines reach it, and tokens would pass in plain text", o.listen)
		}
		return plain, nil
	}
	certificate, authority, err := o.certificate(app, listener.Addr())
	if err != nil {
		return nil, err
	}
	secured := &door{scheme: "https"}
	if authority != nil {
		if secured.authority, err = writeAuthority(authority); err != nil {
			return nil, err
		}
		app.note("certificate of the day: SHA-256 %s, in %s, which apps have to trust", fingerprint(authority), secured.authority)
	}
	// HTTP/2 has no way to begin a WebSocket that clients know.
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	secured.Listener = tls.NewListener(listener, config)
	return secured, nil
}

// certificate is what the tap shows to apps. authority is what they have to trust; nil where they
// know.
func (o *tapOptions) certificate(app *App, addr net.Addr) (certificate tls.Certificate, authority []byte, err error) {
	if o.cert == "" {
		return daycert.New(app.Now(), certifiedHosts(o.listen, nil, addr))
	}
	if certificate, err = tls.LoadX509KeyPair(o.cert, o.key); err != nil {
		return certificate, nil, usage("", "--tls-cert %s: %s", o.cert, whyFile(err))
	}
	return certificate, nil, nil
}

// writeAuthority writes a certificate into a folder of its own.
func writeAuthority(authority []byte) (string, error) {
	dir, err := os.MkdirTemp("", "deltatap-tap-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ca.pem")
	return path, os.WriteFile(path, authority, 0o600)
}

// fingerprint is the SHA-256 of a certificate, as phones and browsers show it.
func fingerprint(authority []byte) string {
	block, _ := pem.Decode(authority)
	if block == nil {
		return ""
	}
	text := make([]string, 0, sha256.Size)
	for _, b := range sha256.Sum256(block.Bytes) {
		text = append(text, fmt.Sprintf("%02X", b))
	}
	return strings.Join(text, ":")
}

// tapper is a tap that runs: what it passes on is recorded and shown.
type tapper struct {
	app       *App
	target    *endpoint.Endpoint
	recording *tap.Recording // nil: nobody asked
	view      *tapView
	cancel    context.CancelCauseFunc

	mu   sync.Mutex
	why  string    // the server did not answer, as it was last told
	told time.Time // when that was
}

func newTapper(app *App, opts *tapOptions, target *endpoint.Endpoint) (*tapper, error) {
	t := &tapper{app: app, target: target, cancel: func(error) {}}
	var err error
	if t.view, err = newTapView(app, opts, target); err != nil || opts.record == "" {
		return t, err
	}
	t.recording, err = tap.OpenRecording(tap.RecordingConfig{
		Path: opts.record, Server: target.Origin(), Tool: toolName(), Say: func(text string) { app.warn(text) },
	})
	if errors.Is(err, fs.ErrExist) {
		return nil, usage("name another file, or a folder", "%s: it exists already", opts.record)
	}
	if err != nil {
		return nil, usage("", "%s: %s", opts.record, whyFile(err))
	}
	return t, nil
}

// Admit says whether a device is served. One too many for a file ends the tap.
func (t *tapper) Admit(device tap.Device) error {
	if t.recording == nil {
		return nil
	}
	err := t.recording.Admit(device)
	if err != nil {
		t.cancel(usage("--record DIR takes a session of each device", "--record %v", err))
	}
	return err
}

// Hear records and shows what a device got.
func (t *tapper) Hear(h tap.Heard) {
	if t.recording != nil {
		t.recording.Hear(h)
	}
	t.view.hear(h)
}

// Lose counts what passed and cannot be told of.
func (t *tapper) Lose(device tap.Device) {
	if t.recording != nil {
		t.recording.Lose(device)
	}
	t.view.lost.Add(1)
}

// Remark says what is odd about a device.
func (t *tapper) Remark(device tap.Device, text string) { t.app.warn(device.Name + " " + text) }

// repeatUnanswered is how long a server that does not answer is not told of again: many apps ask it
// many times.
const repeatUnanswered = 10 * time.Second

// tellUnanswered says why the server did not answer.
func (t *tapper) tellUnanswered(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.app.Now(); why != t.why || now.Sub(t.told) >= repeatUnanswered {
		t.why, t.told = why, now
		t.app.note("the server did not answer: %s", why)
	}
}

// tapGrace is how long what is under way gets to end when the tap ends.
const tapGrace = time.Second

// run serves until ctx ends, and ends everything cleanly.
func (t *tapper) run(ctx context.Context, door *door) error {
	ctx, t.cancel = context.WithCancelCause(ctx)
	defer t.cancel(nil)
	config := tap.Config{
		Server: t.target, Listener: t, Key: tap.NewKey(), Now: t.app.Now,
		Unanswered: t.tellUnanswered,
	}
	if t.recording != nil {
		config.Key = t.recording.Key()
	}
	between := tap.New(config)
	web := &http.Server{Handler: between, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- web.Serve(door) }()
	shown := t.view.start(func(err error) {
		if t.recording == nil {
			t.cancel(err)
		}
	})
	t.announce(door)
	var failure error
	select {
	case failure = <-served:
	case <-ctx.Done():
	}
	t.shut(ctx, web, between)
	reason, failure := stopReason(ctx, cmp.Or(failure, ctx.Err()))
	return t.end(reason, failure, shown)
}

// shut ends what is under way.
func (t *tapper) shut(ctx context.Context, web *http.Server, between *tap.Tap) {
	between.Close()
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), tapGrace)
	defer cancel()
	if web.Shutdown(bye) != nil {
		_ = web.Close()
	}
	between.Close() // what came while the first call ended the rest
}

// announce says where the app finds the tap.
func (t *tapper) announce(door *door) {
	t.app.note("%s is tapped at %s", t.target.Server(), serveURL(door.scheme, door.Addr()))
	announceReachable(t.app, door.Addr(), door.scheme)
	if isReachable(door.Addr()) {
		warnReachable(t.app, door.Addr(), door.scheme)
	}
}

// end closes the sessions, and says what they hold.
func (t *tapper) end(reason string, failure error, shown func() error) error {
	var lost int64
	if t.recording != nil {
		for _, kept := range t.recording.Close(t.app.Now(), reason) {
			lost += kept.Lost
			t.tellKept(kept)
		}
	}
	t.view.reason = reason
	failure = errors.Join(slices.DeleteFunc([]error{failure, shown()}, func(err error) bool { return err == nil })...)
	if t.recording == nil {
		lost = t.view.lost.Load()
	}
	if failure == nil && lost > 0 {
		return &Error{Code: ExitInconclusive, What: "lost " + render.Plural(lost, "record")}
	}
	return failure
}

func (t *tapper) tellKept(kept tap.Kept) {
	path := kept.Path
	if path == "" {
		path = kept.Device.Name
	}
	t.app.note("%s: wrote %s, lost %s, %s", path, render.Plural(kept.Stats.Written, "record"), render.Count(kept.Lost), render.Bytes(kept.Stats.Bytes))
}
