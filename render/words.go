package render

import "github.com/carebase/deltatap/render/theme"

// changeWords collects the phrases of a change: they are parted by commas, and a line is broken
// only between two.
type changeWords struct {
	phrases []phrase
	n       int
}

func (c *changeWords) reset() { c.n = 0 }

// next returns an empty phrase at the end.
func (c *changeWords) next() *phrase {
	if c.n == len(c.phrases) {
		c.phrases = append(c.phrases, phrase{})
	}
	p := &c.phrases[c.n]
	p.reset()
	c.n++
	return p
}

// leastWords is how many columns there are at least for the words on the lines below the first.
const leastWords = 32

// write writes the phrases on a line of at most width columns. Where it is full, below starts the
// next line and leaves as many columns blank as it is told.
func (c *changeWords) write(l *line, width int, marks *theme.Marks, below func(indent int)) {
	indent := min(l.col, max(0, width-leastWords))
	for k := range c.n {
		p, comma := &c.phrases[k], 1
		if k == c.n-1 {
			comma = 0
		}
		if k > 0 {
			if l.col < width {
				l.fill()
				l.b = append(l.b, ',')
				l.col++
			}
			if l.col+1+p.width()+comma > width {
				below(indent)
			} else {
				l.skip(1)
			}
		}
		l.say(p, width-l.col-comma, marks)
	}
}
