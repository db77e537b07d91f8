package render

import "strings"

// Align cleans the cells of rows and fills them up so that they stand in columns, two blanks apart;
// the last cell of a row is not filled up. Rows may be of different lengths.
func Align(rows [][]string) []string {
	var widths []int
	lines := make([]string, len(rows))
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(Clean(cell)))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(Clean(cell))
				break
			}
			b.WriteString(Pad(cell, widths[i]+2))
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
