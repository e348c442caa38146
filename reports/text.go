package reports

import (
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

// NormaliseQuestion is the form under which two wordings of a question count
// as one where nothing better groups them: case, accents on the edge and
// punctuation do not matter.
func NormaliseQuestion(s string) string {
	words := strings.FieldsFunc(strings.ToLower(Clean(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	return strings.Join(words, " ")
}
