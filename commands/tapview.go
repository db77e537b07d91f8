package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/tap"
	"github.com/carebase/deltatap/replay/versions"
)

// tapView shows what several devices get, as tail shows one stream. All but hear is one
// goroutine's.
type tapView struct {
	app     *App
	opts    *tapOptions
	started time.Time
	queue   *tap.Queue
	lost    atomic.Int64 // records that are not shown
	session *sessionOut  // with -o json
	devices map[string]*tapDevice
	n       int64
	reason  string // why it ended
}

// tapDevice is the stream of one device.
type tapDevice struct {
	text     *render.Tail
	account  versions.Account
	checker  contract.Checker
	message  contract.Message
	gaps     []versions.Gap
	findings []contract.Finding
}

func newTapView(app *App, opts *tapOptions, target *endpoint.Endpoint) (*tapView, error) {
	v := &tapView{app: app, opts: opts, started: app.Now(), queue: tap.NewQueue(), devices: map[string]*tapDevice{}}
	if _, err := app.theme(app.OutWidth()); err != nil {
		return nil, err
	}
	if opts.output != "json" {
		return v, nil
	}
	v.session = &sessionOut{out: app.cleaned(), header: session.Header{
		Started: v.started, Server: target.Origin(), Tool: toolName(), Origin: session.OriginTap,
	}}
	return v, errors.Join(v.session.start(), v.session.flush())
}

// hear takes what is to be shown.
func (v *tapView) hear(h tap.Heard) {
	if !v.queue.Put(h) {
		v.lost.Add(1)
	}
}

// start shows what comes until the returned function is called, which returns why not everything
// was shown. broken is told at once.
func (v *tapView) start(broken func(error)) (end func() error) {
	done := make(chan error, 1)
	go func() {
		err := v.show(broken)
		for err != nil && v.queue.Take() != nil {
		}
		done <- err
	}()
	return func() error {
		v.queue.Close()
		return errors.Join(<-done, v.end())
	}
}

func (v *tapView) show(broken func(error)) error {
	for {
		heard := v.queue.Take()
		if heard == nil {
			return nil
		}
		if err := v.showAll(heard); err != nil {
			broken(err)
			return err
		}
	}
}

// showAll shows what came together.
func (v *tapView) showAll(heard []tap.Heard) error {
	for i := range heard {
		if err := v.record(&heard[i]); err != nil {
			return err
		}
	}
	if v.session != nil {
		return v.session.flush()
	}
	for _, d := range v.devices {
		if err := d.text.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (v *tapView) record(h *tap.Heard) error {
	d, err := v.device(h.Device)
	if err != nil {
		return err
	}
	v.n++
	rec := h.Record
	rec.N, rec.T = v.n, h.At.Sub(v.started)
	if v.session != nil {
		if err := v.session.write(withDevice(&rec, h.Device)); err != nil {
			return err
		}
	}
	return d.record(&rec, v.session == nil)
}

// withDevice is a record that says whose it is.
func withDevice(rec *session.Record, device tap.Device) *session.Record {
	line := bytes.TrimSuffix(rec.AppendJSON(nil), []byte{'}'})
	line = append(append(line, `,"device":`...), strconv.Quote(device.Name)...)
	if device.User > 0 {
		line = strconv.AppendInt(append(line, `,"user":`...), device.User, 10)
	}
	return &session.Record{N: rec.N, T: rec.T, Kind: rec.Kind, Raw: append(line, '}')}
}

// device begins to show a device when it is seen first.
func (v *tapView) device(device tap.Device) (*tapDevice, error) {
	d := v.devices[device.Name]
	if d != nil {
		return d, nil
	}
	outTheme, err := v.app.theme(v.app.OutWidth())
	if err != nil {
		return nil, err
	}
	errTheme, err := v.app.theme(v.app.ErrWidth())
	if err != nil {
		return nil, err
	}
	before := fmt.Sprintf("%-*s  ", deviceWidth, device.Name)
	d = &tapDevice{}
	d.account.Most = mostRanges
	d.account.OnGap = func(g versions.Gap) { d.gaps = append(d.gaps, g) }
	out, errs := io.Writer(&prefixed{out: v.app.Out, before: before}), io.Writer(&prefixed{out: v.app.Err, before: before})
	if v.session != nil {
		out = io.Discard
	}
	if v.app.Quiet {
		errs = io.Discard
	}
	d.text = render.NewTail(out, errs, render.TailOptions{
		Started: v.started, Width: besideName(v.app.OutWidth, len(before)), ErrWidth: besideName(v.app.ErrWidth, len(before)),
		Theme: outTheme, ErrTheme: errTheme, Location: zoneOf(v.opts.utc),
	})
	v.devices[device.Name] = d
	return d, nil
}

// deviceWidth is how long the names of most devices are.
const deviceWidth = 12

// besideName is how wide a terminal is beside so many columns; 0 where it is none.
func besideName(width func() int, taken int) func() int {
	return func() int {
		if all := width(); all > 0 {
			return max(all-taken, 20)
		}
		return 0
	}
}

// record shows one record of a device.
func (d *tapDevice) record(rec *session.Record, deltas bool) error {
	d.gaps, d.findings = d.gaps[:0], d.findings[:0]
	if rec.Kind != session.KindEvent || rec.Event != contract.Event {
		enter(&d.account, rec, nil)
		return d.text.State(rec)
	}
	contract.Decode(rec.Args, &d.message)
	enter(&d.account, rec, &d.message)
	d.checker.Check(&d.message, func(f contract.Finding) { d.findings = append(d.findings, f) })
	if deltas {
		if err := d.text.Message(rec, &d.message); err != nil {
			return err
		}
	}
	return d.remarks(rec)
}

// remarks tells what is odd about a message.
func (d *tapDevice) remarks(rec *session.Record) error {
	if len(d.findings) > 0 {
		if err := d.text.Findings(rec, &d.message, d.findings); err != nil {
			return err
		}
	}
	if len(d.gaps) > 0 {
		return d.text.Gaps(rec.T, d.gaps)
	}
	return nil
}

// end closes the output.
func (v *tapView) end() error {
	if lost := v.lost.Load(); lost > 0 {
		v.app.warn(render.Plural(lost, "record") + " passed and could not be shown")
	}
	if v.session == nil {
		return nil
	}
	return v.session.end(&session.Record{T: v.app.Now().Sub(v.started), Kind: session.KindEnd, Reason: v.reason, Lost: v.lost.Load()})
}

// prefixed writes each line behind a name.
type prefixed struct {
	out    io.Writer
	before string
}

// Write takes whole lines.
func (p *prefixed) Write(text []byte) (int, error) {
	lines := make([]byte, 0, len(text)+len(p.before)*(1+bytes.Count(text, []byte{'\n'})))
	for line := range bytes.Lines(text) {
		lines = append(append(lines, p.before...), line...)
	}
	if _, err := p.out.Write(lines); err != nil {
		return 0, err
	}
	return len(text), nil
}
