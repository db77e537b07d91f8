package commands

import (
	"fmt"
	"strings"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/spf13/cobra"
)

const causesTopic = `Why a cached plan differs from the server's. diff and watch examine every cause for every
difference, and strike those that the records rule out. A cause is certain where nothing else is
left, likely where others take more events that nobody saw, and unknown where none is ahead.
"deltatap help causes CODE" tells of one.
`

// newCausesTopic returns the text of all causes, and below it one of each.
func newCausesTopic() *cobra.Command {
	topic := &cobra.Command{Use: "causes", Short: "Why a plan differs: each cause, and where to look"}
	topic.SetHelpTemplate("{{.Long}}\n") // the list of codes would come once more
	var b strings.Builder
	b.WriteString(causesTopic)
	for _, h := range diagnose.Hypotheses() {
		text := describeCause(&h)
		b.WriteString("\n" + text)
		topic.AddCommand(&cobra.Command{Use: string(h.Code), Long: strings.TrimRight(text, "\n")})
	}
	topic.Long = strings.TrimRight(b.String(), "\n")
	return topic
}

// describeCause tells of one cause what happened, where to look, and what that means for a family.
func describeCause(h *diagnose.Hypothesis) string {
	where := render.WhereToLook(h.Code, h.Parties)
	if h.Expected {
		where += " (expected: nothing is wrong)"
	}
	return fmt.Sprintf("%s\n  what happened  %s\n  where          %s\n  for a family   %s\n", h.Code, h.Happened, where, h.Family)
}
