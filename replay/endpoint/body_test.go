package endpoint

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// packed is text compressed by what a coding's writer is.
func packed(t *testing.T, text string, writer func(io.Writer) (io.WriteCloser, error)) string {
	t.Helper()
	var b bytes.Buffer
	w, err := writer(&b)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(w io.Writer) (io.WriteCloser, error)  { return gzip.NewWriter(w), nil }
func zlibbed(w io.Writer) (io.WriteCloser, error)  { return zlib.NewWriter(w), nil }
func deflated(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 6) }
func zstded(w io.Writer) (io.WriteCloser, error)   { return zstd.NewWriter(w) }

func answerOf(body string, codings ...string) *http.Response {
	return &http.Response{
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{"Content-Encoding": codings},
	}
}

func TestReadBodyOfAnyCoding(t *testing.T) {
	const plan = `{"planVersion":5}`
	gz := packed(t, plan, gzipped)
	tests := []struct {
		name    string
		body    string
		codings []string
	}{
		{"none", plan, nil},
		{"identity", plan, []string{"identity"}},
		{"byte order mark", "\xef\xbb\xbf" + plan, nil},
		{"gzip", gz, []string{"gzip"}},
		{"in capitals", gz, []string{"GZIP"}},
		{"x-gzip", gz, []string{"x-gzip"}},
		{"deflate", packed(t, plan, zlibbed), []string{"deflate"}},
		{"deflate, bare", packed(t, plan, deflated), []string{"deflate"}},
		{"zstd", packed(t, plan, zstded), []string{"zstd"}},
		{"twice", packed(t, gz, zstded), []string{"gzip, zstd"}},
		{"twice, in two headers", packed(t, packed(t, plan, zlibbed), gzipped), []string{"deflate", "gzip"}},
		{"byte order mark, compressed", packed(t, "\xef\xbb\xbf"+plan, gzipped), []string{"gzip"}},
	}
	for _, test := range tests {
		body, err := ReadBody(answerOf(test.body, test.codings...), 1000)
		if err != nil || string(body) != plan {
			t.Errorf("%s: %q, %v", test.name, body, err)
		}
	}
	if body, err := ReadBody(answerOf("", "gzip"), 1000); err != nil || len(body) != 0 {
		t.Errorf("empty: %q, %v", body, err)
	}
}

func TestReadBodyNamesWhatItCannotRead(t *testing.T) {
	gz := packed(t, "text", gzipped)
	tests := []struct {
		body   string
		coding string
		want   string
	}{
		{"\x0b\x02\x80", "br", "compressed as br (Brotli), which was not asked for"},
		{"xxx", "compress", "compressed as compress"},
		{"xxx", "no\x1b[31mtoken", "compressed as something unreadable"},
		{`{"planVersion":5}`, "gzip", "says that it is compressed as gzip, and is not"},
		{`{"planVersion":5}`, "zstd", "says that it is compressed as zstd, and is not"},
		{gz, "gzip, gzip, gzip, gzip, gzip", "compressed as gzip"},
	}
	for _, test := range tests {
		_, err := ReadBody(answerOf(test.body, test.coding), 1000)
		if _, ok := errors.AsType[*EncodingError](err); !ok || !strings.Contains(err.Error(), test.want) || Why(err) != err.Error() {
			t.Errorf("%s: %v, want %q", test.coding, err, test.want)
		}
	}
	if _, err := ReadBody(answerOf(gz[:15], "gzip"), 1000); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut off: %v", err)
	}
	lost := errors.New("lost")
	answer := answerOf("", "gzip")
	answer.Body = io.NopCloser(io.MultiReader(strings.NewReader(gz[:15]), iotest.ErrReader(lost)))
	if _, err := ReadBody(answer, 1000); !errors.Is(err, lost) {
		t.Errorf("network gone: %v", err)
	}
}

// A bomb is given up at the limit, whatever it is packed in.
func TestReadBodyGivesUpBombs(t *testing.T) {
	const limit = 1 << 20
	bomb := strings.Repeat("\x00", 32*limit)
	for _, coding := range []string{"gzip", "gzip, gzip", "gzip, gzip, gzip"} {
		bomb = packed(t, bomb, gzipped)
		_, err := ReadBody(answerOf(bomb, coding), limit)
		if large, ok := errors.AsType[*TooLargeError](err); !ok || large.Limit != limit {
			t.Errorf("%s: %v", coding, err)
		}
	}
}

func TestReadAll(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 700_000) // 11.2 MB
	for _, announced := range []int64{-1, 0, 5, int64(len(text)), int64(len(text)) + 7, 1 << 40} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.HalfReader(strings.NewReader(text))} {
			got, err := ReadAll(r, announced, int64(len(text)))
			if err != nil || string(got) != text {
				t.Errorf("announced %d: %d bytes, %v", announced, len(got), err)
			}
		}
		r := strings.NewReader(text)
		got, err := ReadAll(r, announced, 10)
		rest, _ := io.ReadAll(r)
		if _, ok := errors.AsType[*TooLargeError](err); !ok || len(got) <= 10 || string(got)+string(rest) != text {
			t.Errorf("announced %d: %d bytes and %d left, %v", announced, len(got), len(rest), err)
		}
	}
}
