package commands

import (
	"bufio"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/carebase/deltatap/replay/follow"
)

// longestMark bounds the text of a mark, in bytes.
const longestMark = 4096

// markLines turns lines into marks until there are no more. It begins with the first connection:
// before that, the first line may be the token (--token-file -), which must never become a mark.
func (r *recorder) markLines(in io.Reader) {
	if in == nil {
		return
	}
	for lines := bufio.NewReader(in); ; {
		text, err := readMark(lines)
		if err == nil || text != "" {
			r.stream.conn.Inject(follow.Mark{Text: text})
		}
		if err != nil {
			return
		}
	}
}

// readMark reads a line; what is longer than a mark may be is dropped.
func readMark(lines *bufio.Reader) (string, error) {
	var text []byte
	for {
		part, more, err := lines.ReadLine()
		text = append(text, part[:min(len(part), longestMark-len(text))]...)
		if err != nil || !more {
			return strings.ToValidUTF8(string(text), "\uFFFD"), err
		}
	}
}

// signalMarks turns SIGUSR1 into marks. The returned function ends that.
func (r *recorder) signalMarks() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, markSignals...)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				r.stream.conn.Inject(follow.Mark{Text: signalName(s)})
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
