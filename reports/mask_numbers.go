package reports

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Numbers are hidden by what they are and by the nearest word that says so.

var (
	// what is kept before any number is looked at
	datePattern = regexp.MustCompile(`(?i)\b\d{4}[\-/.]\d{1,2}[\-/.]\d{1,2}(?:(?:t|,?\s+(?:at\s+|a las\s+)?)\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s?(?:z|[+\-]\d{2}:?\d{2})?)?` +
		`|\b\d{1,2}[\-/.]\d{1,2}[\-/.](?:\d{4}|\d{2})\b(?:,?\s+(?:at\s+|a las\s+)?\d{1,2}[:.h]\d{2}(?::\d{2})?)?` +
		`|\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?(?:\s*-\s*\d{1,2}(?::\d{2})?(?:\s?[ap]m)?)?|\b\d{1,2}h\d{2}\b`)

	ibanPattern   = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?:[ \-]?[a-z0-9]{4}){2,7}(?:[ \-]?[a-z0-9]{1,4})?\b`)
	dniPattern    = regexp.MustCompile(`(?i)\b(\d{1,2}\.?\d{3}\.?\d{3})[ \-]?([a-z])\b`)
	niePattern    = regexp.MustCompile(`(?i)\b([xyz])[ \-]?(\d{7})[ \-]?([a-z])\b`)
	taxPattern    = regexp.MustCompile(`(?i)\b(?:nif|cif|vat|tax id|rfc|curp|passport|pasaporte|licen[cs]e|permiso|dni|nie)\b[^\w]*(?:(?:no|nr|number|número|num|is|es|of|id)\b[^\w]*){0,3}((?:[a-z]{2}[ \-]?)?[a-z]{0,4}[ \-]?\d{5,12}[a-z0-9]{0,4})\b`)
	numberPattern = regexp.MustCompile(`\+?\(?\d(?:[ .\-/()]{0,3}\d)*`)
)

func (m *masking) numbers() {
	for _, at := range datePattern.FindAllStringIndex(m.plain, -1) {
		m.kept = append(m.kept, [2]int{at[0], at[1]})
	}
	for _, at := range ibanPattern.FindAllStringIndex(m.plain, -1) {
		if text := m.plain[at[0]:at[1]]; isIBAN(text) || m.context(at[0], at[1]) == MaskedAccount && strings.Count(digitsOf(text), "")-1 >= 10 {
			m.add(at[0], at[1], MaskedAccount)
		}
	}
	for _, at := range dniPattern.FindAllStringSubmatchIndex(m.plain, -1) {
		n, _ := strconv.Atoi(strings.ReplaceAll(m.plain[at[2]:at[3]], ".", ""))
		letter := strings.ToUpper(m.plain[at[4]:at[5]])
		if n >= 1_000_000 && dniLetters[n%23] == letter[0] && m.context(at[0], at[1]) != kept || m.context(at[0], at[1]) == MaskedID {
			m.add(at[0], at[1], MaskedID)
		}
	}
	for _, at := range niePattern.FindAllStringSubmatchIndex(m.plain, -1) {
		n, _ := strconv.Atoi(m.plain[at[4]:at[5]])
		n += 10_000_000 * strings.Index("xyz", strings.ToLower(m.plain[at[2]:at[3]]))
		if dniLetters[n%23] == strings.ToUpper(m.plain[at[6]:at[7]])[0] || m.context(at[0], at[1]) == MaskedID {
			m.add(at[0], at[1], MaskedID)
		}
	}
	m.hide(taxPattern, 1, MaskedID, nil)
	for _, at := range numberPattern.FindAllStringIndex(m.plain, -1) {
		m.number(at[0], at[1])
	}
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// number decides on one number, with the signs between its digits.
func (m *masking) number(from, to int) {
	if m.hidden(from, to) || m.insideWord(from, to) {
		return
	}
	text := m.plain[from:to]
	digits := digitsOf(text)
	if len(digits) < 6 {
		return
	}
	if as := m.kindOf(from, to, text, digits); as != "" {
		m.add(from, to, as)
	}
}

// insideWord reports digits that are part of a name such as ORD-2026-0012 or
// 1Z999AA1.
func (m *masking) insideWord(from, to int) bool {
	before, after := m.plain[:from], m.plain[to:]
	if b := lastRune(strings.TrimRight(before, "-_/")); unicode.IsLetter(b) && !strings.HasSuffix(before, " ") && lastRune(before) != ' ' {
		return true
	}
	a, size := utf8.DecodeRuneInString(after)
	if a == '-' || a == '_' || a == '/' {
		a, _ = utf8.DecodeRuneInString(after[size:])
	}
	return unicode.IsLetter(a)
}

// lastRune is a blank where there is none.
func lastRune(s string) rune {
	if s == "" {
		return ' '
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// kindOf is what a number is, or nothing where it stays.
func (m *masking) kindOf(from, to int, text, digits string) string {
	near := m.context(from, to)
	groups := groupsOf(text)
	n := len(digits)
	switch {
	case ssnPattern.MatchString(text) || cpfPattern.MatchString(text):
		return MaskedID
	case near != kept && n >= 13 && n <= 19 && isLuhn(digits) && strings.ContainsRune("23456", rune(digits[0])) && !(n == 13 && isEAN(digits)):
		return MaskedCard
	case near == kept:
		// A card that is written as cards are stays none of an order's numbers.
		if n >= 15 && n <= 16 && isLuhn(digits) && (slices.Equal(groups, []int{4, 4, 4, 4}) || slices.Equal(groups, []int{4, 6, 5})) {
			return MaskedCard
		}
		return ""
	case near == MaskedCard && n >= 12, near == MaskedAccount && n >= 6, near == MaskedID && n >= 6, near == MaskedPhone && n >= 6 && n <= 15:
		return near
	case text[0] == '+' && n >= 8 && n <= 15, strings.HasPrefix(digits, "00") && n >= 10 && n <= 15:
		return MaskedPhone
	case isAmount(text, groups) || isEAN(digits) || isCount(text, groups):
		return ""
	case n == 20 && isCCC(digits):
		return MaskedAccount
	case n >= 9 && n <= 12 && len(groups) > 1 && slices.ContainsFunc(phoneGroups, func(g []int) bool { return slices.Equal(g, groups) }):
		return MaskedPhone
	case n >= 9 && n <= 11 && len(groups) == 1:
		return MaskedPhone
	case n == 7 && slices.Equal(groups, []int{3, 4}) && strings.ContainsAny(text, "-."):
		return MaskedPhone
	}
	return ""
}

var (
	ssnPattern = regexp.MustCompile(`^\d{3}-\d{2}-\d{4}$`)
	cpfPattern = regexp.MustCompile(`^\d{3}\.\d{3}\.\d{3}-\d{2}$`)
)

// phoneGroups are the ways in which phone numbers without a country are written.
var phoneGroups = [][]int{
	{3, 3, 3},
	{3, 2, 2, 2},
	{3, 3, 4},
	{2, 3, 4},
	{2, 4, 4},
	{3, 4, 4},
	{2, 2, 2, 2, 2},
	{2, 3, 2, 2},
	{4, 3, 3},
	{4, 3, 4},
	{5, 6},
	{4, 6},
	{5, 3, 3},
	{3, 6},
	{3, 7},
	{2, 7},
	{2, 8},
	{1, 3, 3, 4},
	{5, 5},
	{3, 3, 2, 2},
	{3, 3, 5},
}

// digitsOf are the digits of a text.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// groupsOf are the lengths of the runs of digits.
func groupsOf(s string) []int {
	var groups []int
	for _, g := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		groups = append(groups, len(g))
	}
	return groups
}

// isAmount reports a number written with signs between thousands, or with one
// decimal sign: a price, a coordinate.
func isAmount(text string, groups []int) bool {
	if len(groups) == 2 && strings.Contains(text, ".") && (groups[0] <= 3 || groups[1] <= 2) {
		return true // 40.416775, 129900.50
	}
	thousands := len(groups) > 1 && groups[0] <= 3 && !slices.ContainsFunc(groups[1:], func(n int) bool { return n != 3 })
	return thousands && strings.HasSuffix(digitsOf(text), "000")
}

// isCount reports a row of small numbers such as sizes, each more than the one
// before.
func isCount(text string, groups []int) bool {
	if len(groups) < 3 || slices.Max(groups) > 3 {
		return false
	}
	last := -1
	for _, g := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(g)
		if err != nil || n <= last || g[0] == '0' {
			return false
		}
		last = n
	}
	return slices.Max(groups) < 3 || groups[0] < 3
}

// isLuhn applies the check of ISO/IEC 7812-1.
func isLuhn(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isEAN applies the check digit of ISBN-13, EAN-13 and UPC-12.
func isEAN(digits string) bool {
	if n := len(digits); n != 13 && (n != 12 || digits[0] != '0') {
		return false
	}
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

// isIBAN applies ISO 13616's check: the number modulo 97 is 1.
func isIBAN(s string) bool {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		switch {
		case '0' <= r && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case 'A' <= r && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// isCCC applies the two check digits of a Spanish account.
func isCCC(digits string) bool {
	weights := []int{1, 2, 4, 8, 5, 10, 9, 7, 3, 6}
	check := func(s string) byte {
		sum := 0
		for i := range s {
			sum += int(s[i]-'0') * weights[i]
		}
		switch c := 11 - sum%11; c {
		case 10:
			return '1'
		case 11:
			return '0'
		default:
			return '0' + byte(c)
		}
	}
	return digits[8] == check("00"+digits[:8]) && digits[9] == check(digits[10:])
}
