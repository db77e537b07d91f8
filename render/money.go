package render

import "strings"

// money writes a JSON number as a sum: "$86.40", "$1,240.00", "-$5.00". The number's own digits are kept, so that no sum is
// rounded: what has more than two decimals shows them all, and what is written in another way (1e3) is shown as it is.
// Nothing, or null, is an unknown amount.
func money(number string) string {
	if number == "" || number == "null" {
		return "amount unknown"
	}
	sign, digits := "", number
	if rest, ok := strings.CutPrefix(number, "-"); ok {
		sign, digits = "-", rest
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if !allDigits(whole) || whole == "" || !allDigits(fraction) {
		return "$" + Clean(number)
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	return sign + "$" + grouped(whole) + "." + fraction
}

func grouped(digits string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
