package commands

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/convert"
	"github.com/carebase/deltatap/replay/synth"
	"github.com/spf13/cobra"
)

// fixtureScheme names a session that ships in the binary.
const fixtureScheme = "fixture:"

// standardInput is what standard input is called.
const standardInput = "standard input"

// input is what a command reads: a path, - for standard input, a fixture, or a session that is made
// up on the way.
type input struct {
	name string // as the user gave it
	io.ReadCloser
	size   int64 // bytes; 0 where it is not known
	prints bool  // what is read goes to standard output on the way

	came atomic.Int64 // bytes read so far
	far  func() int64 // tells them where they are read in another way; may be nil
}

// Read reads and counts. It may be called by another goroutine than that which asks for offset.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.ReadCloser.Read(p)
	in.came.Add(int64(n))
	return n, err
}

// offset is how many bytes have been read, compressed as they are.
func (in *input) offset() int64 {
	if in.far != nil {
		return in.far()
	}
	return in.came.Load()
}

// openInput opens what an argument names.
func openInput(app *App, name string) (*input, error) {
	if fixture, ok := strings.CutPrefix(name, fixtureScheme); ok {
		text, err := openFixture(fixture)
		return &input{name: name, ReadCloser: text}, err
	}
	if synth.IsRef(name) {
		text, err := openSynth(name)
		return &input{name: name, ReadCloser: text}, err
	}
	if name == "-" {
		return &input{name: standardInput, ReadCloser: io.NopCloser(app.In)}, nil
	}
	return openNamed(name)
}

// openNamed opens a file.
func openNamed(name string) (*input, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, usage("", "%s: %s", name, whyFile(err))
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		_ = file.Close()
		return nil, usage("", "%s: %s", name, whyFile(err))
	case info.IsDir():
		_ = file.Close()
		return nil, usage("", "%s: a directory", name)
	}
	return &input{name: name, ReadCloser: file, size: info.Size()}, nil
}

// openPlan opens what an argument names that stands for a server's plan: of a session that is made
// up, its end.
func openPlan(app *App, name string) (*input, error) {
	if !synth.IsRef(name) {
		return openInput(app, name)
	}
	text, err := synthPlan(name)
	return &input{name: name, ReadCloser: io.NopCloser(bytes.NewReader(text))}, err
}

// builtIn says whether a name is that of a session which deltatap has or makes itself: there is no
// such file.
func builtIn(name string) bool { return strings.HasPrefix(name, fixtureScheme) || synth.IsRef(name) }

// source reads the input as a session, whatever it was recorded with.
func (in *input) source(app *App, format string) (session.Source, error) {
	src, err := convert.Open(in, convert.Options{Format: format, Now: app.Now, Tool: toolName(), Size: in.size})
	if err != nil {
		return nil, in.unusable(err)
	}
	return tellLeftOut(app, in.name, src), nil
}

// Bounds on the text of a plan, in bytes: one of 200,000 items has 91 MB, and a device has no end.
// What is compressed may be made to grow without one.
const (
	mostText     = 512 << 20
	mostUnpacked = 128 << 20
)

// text reads all that is left of the input, a plan, which may be compressed; of a file, into no
// more memory than it takes. Of what does not begin as one it reads the beginning alone.
func (in *input) text() ([]byte, error) {
	buffered := bufio.NewReaderSize(in, convert.DetectBytes)
	head, _ := buffered.Peek(4)
	if isPacked(head) {
		return in.unpacked(buffered)
	}
	all := bytes.NewBuffer(make([]byte, 0, min(in.size, mostText)+bytes.MinRead))
	_, err := all.ReadFrom(io.LimitReader(buffered, convert.DetectBytes))
	if err == nil && plausible(all.Bytes()) {
		_, err = all.ReadFrom(io.LimitReader(buffered, mostText))
	}
	if all.Len() > mostText {
		return nil, in.tooLong(mostText)
	}
	return all.Bytes(), in.unusable(err)
}

func (in *input) tooLong(most int) error {
	return usage(wantPlan, "%s: not a plan: longer than %d MiB", in.name, most>>20)
}

// unpacked reads a text that is compressed. It is put together of pieces, so that no buffer grows
// by doubling.
func (in *input) unpacked(from io.Reader) ([]byte, error) {
	const piece = 1 << 20
	text, err := session.Decompress(from)
	var pieces [][]byte
	for n, size := piece, 0; err == nil && n == piece; {
		next := make([]byte, piece)
		n, err = io.ReadFull(text, next)
		pieces = append(pieces, next[:n])
		if size += n; size > mostUnpacked {
			return nil, in.tooLong(mostUnpacked)
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return slices.Concat(pieces...), in.unusable(err)
}

// isPacked tells whether a file is compressed, by its first bytes.
func isPacked(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\x1f\x8b")) || bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd"))
}

// plausible tells whether a text may begin a plan, or what an app's store keeps it in.
func plausible(text []byte) bool {
	text = bytes.TrimLeft(bytes.TrimPrefix(text, byteOrderMark), " \t\r\n")
	return len(text) == 0 || text[0] == '{' || text[0] == '"' || text[0] == '['
}

// unusable names the input in an error about its content.
func (in *input) unusable(err error) error {
	if err == nil {
		return nil
	}
	if format, ok := errors.AsType[*session.FormatError](err); ok {
		return usage("deltatap help session-format", "%s: %v", in.name, format)
	}
	if damaged, ok := errors.AsType[*session.DamageError](err); ok {
		return usage("", "%s: %s", in.name, damaged.Reason)
	}
	if several, ok := errors.AsType[*convert.ClientsError](err); ok {
		return usage("choose one of them: --format har:1", "%s: %v", in.name, several)
	}
	if path, ok := errors.AsType[*os.PathError](err); ok && path.Op != "write" { // what cannot be written is not the input's fault
		return usage("", "%s: %v", in.name, path.Err)
	}
	return err
}

// isRecording tells a recording, of whatever sort, from a plan, without taking anything of the
// input.
func (in *input) isRecording() (bool, error) {
	buffered := bufio.NewReaderSize(in.ReadCloser, convert.DetectBytes)
	in.ReadCloser = readAndClose{buffered, in.ReadCloser}
	_, known, err := convert.Recognize(buffered)
	if err != nil {
		return false, in.unusable(err)
	}
	head, _ := buffered.Peek(min(buffered.Buffered(), 64))
	emptied := in.size > 0 && bytes.HasPrefix(head, []byte{0}) // while it was written; and no device, which has no end
	return known || emptied || isSession(head), nil
}

// readAndClose reads from one thing and closes another.
type readAndClose struct {
	io.Reader
	io.Closer
}

// openSource opens a SESSION argument. Close the returned input when done.
func openSource(app *App, name, format string) (*input, session.Source, error) {
	in, err := openInput(app, name)
	if err != nil {
		return nil, nil, err
	}
	src, err := in.source(app, format)
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, src, nil
}

// completeSessions offers what ships and what can be made up, beside files.
func completeSessions(_ *cobra.Command, _ []string, part string) ([]string, cobra.ShellCompDirective) {
	return completeBuiltIn(part, fixtures.Session), cobra.ShellCompDirectiveDefault
}

// completePlans offers the plans that ship, and what is made up for the sake of its end, beside
// files.
func completePlans(_ *cobra.Command, _ []string, part string) ([]string, cobra.ShellCompDirective) {
	return completeBuiltIn(part, fixtures.Plan), cobra.ShellCompDirectiveDefault
}

func completeBuiltIn(part, kind string) []string {
	var names []string
	for _, f := range fixtures.List() {
		if f.Kind == kind {
			names = append(names, fixtureScheme+f.Name+"\t"+f.Title)
		}
	}
	for _, p := range synth.Profiles() {
		names = append(names, synth.Scheme+string(p.Name)+"\t"+p.Says)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, part) })
}
