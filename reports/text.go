package reports

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten cuts s to at most n characters, the last of which is an ellipsis
// where something was cut. It cuts at a word's end where one is near.
func Shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	runes := []rune(s)[:n-1]
	for i := len(runes) - 1; i > len(runes)*3/4; i-- {
		if unicode.IsSpace(runes[i]) {
			runes = runes[:i]
			break
		}
	}
	return strings.TrimRight(string(runes), " \t\n.,;:") + "…"
}

// Clean removes what can make a text from outside look like something else:
// bidirectional and zero-width controls, other control characters, and runs
// of white space, of which one blank stays. The zero-width joiners stay where
// they join: in emoji and in the scripts that need them.
func Clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	blank := false
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case r == 0x200c || r == 0x200d:
			if last < 0x300 || i+1 == len(runes) || runes[i+1] < 0x300 {
				continue
			}
		case unicode.Is(unicode.Cf, r) && !isTag(r), unicode.Is(unicode.Cc, r), r == utf8.RuneError:
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// isTag reports a tag character, of which the flags of England, Scotland and
// Wales are made.
func isTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

var (
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`)
	// digits in groups, as cards, accounts and phones are written
	numberPattern = regexp.MustCompile(`\+?\(?\d(?:[\s.\-/()]{0,2}\d){6,}`)
	ibanPattern   = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){2,7}(?:\s?[a-z0-9]{1,4})?\b`)
	datePattern   = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$`)
)

// Mask hides e-mail addresses, and phone, card and account numbers. What is
// hidden keeps its kind, so that a question still reads well.
func Mask(s string) string {
	if strings.IndexByte(s, '@') >= 0 {
		s = emailPattern.ReplaceAllString(s, "[email]")
	}
	if strings.IndexFunc(s, unicode.IsDigit) < 0 {
		return s
	}
	s = ibanPattern.ReplaceAllStringFunc(s, func(m string) string {
		if countDigits(m) < 8 {
			return m
		}
		return "[account number]"
	})
	return numberPattern.ReplaceAllStringFunc(s, func(m string) string {
		digits := countDigits(m)
		switch {
		case datePattern.MatchString(m):
			return m
		case digits >= 13 && digits <= 19 && isCard(m):
			return "[card number]"
		case digits >= 16:
			return "[account number]"
		case digits >= 9 || m[0] == '+' || strings.ContainsAny(m, " -().") && digits >= 7:
			return "[phone number]"
		}
		return m
	})
}

func countDigits(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// isCard applies the Luhn check of ISO/IEC 7812-1 to the digits of s.
func isCard(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		c := s[i]
		if c < '0' || c > '9' {
			continue
		}
		d := int(c - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// NormaliseQuestion is the form under which two wordings of a question count
// as one where nothing better groups them: case, accents on the edge and
// punctuation do not matter.
func NormaliseQuestion(s string) string {
	words := strings.FieldsFunc(strings.ToLower(Clean(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	return strings.Join(words, " ")
}
