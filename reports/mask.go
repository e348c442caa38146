package reports

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What masked texts have in the place of what is hidden.
const (
	MaskedEmail   = "[email]"
	MaskedPhone   = "[phone number]"
	MaskedCard    = "[card number]"
	MaskedAccount = "[account number]"
	MaskedID      = "[id number]"
	MaskedSecret  = "[secret]"
	MaskedAddress = "[address]"
	MaskedIP      = "[IP address]"
	MaskedName    = "[name]"
	MaskedBirth   = "[date of birth]"
)

// Masked lists everything that Mask may put in.
var Masked = []string{
	MaskedEmail, MaskedPhone, MaskedCard, MaskedAccount, MaskedID, MaskedSecret, MaskedAddress, MaskedIP, MaskedName, MaskedBirth,
}

// Mask hides personal data: e-mail and IP addresses, phone, card, account and
// identity numbers, passwords and tokens, street addresses, and names that people
// introduce themselves with. What is hidden keeps its kind, so that a question still
// reads well. Order numbers, prices, dates, sizes and versions stay.
//
// It goes by form (check digits, groups of digits) and by the words around. It is a
// safety net, not a proof: what nobody writes like personal data is not found.
func Mask(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r == '@' || r == '＠' || unicode.IsDigit(r) }) && !maskWords.MatchString(s) {
		return s
	}
	m := newMasking(s)
	m.urls()
	for _, p := range maskPatterns {
		m.hide(p.pattern, p.group, p.as, p.unless)
	}
	m.numbers()
	return m.String()
}

// maskWords are those without which a text that has no digit and no @ holds nothing
// to hide.
var maskWords = regexp.MustCompile(`(?i)passw|pwd|contraseña|clave|name|llamo|nombre|soy |i am |i'm |appelle|heiße|nome|arroba|\(at\)|\[at\]|\bdot\b|https?://|eyJ`)

// masking is a text on its way. Plain is the text rune by rune in a simpler
// alphabet: digits of any script as ASCII, dashes as -, wide letters as narrow ones.
type masking struct {
	runes []rune
	plain string
	at    []int // the rune at each byte of plain, and the number of runes at its end
	spans []span2
	kept  [][2]int // bytes of plain that are dates and the like: no number is hidden there
}

// span2 is what is hidden: runes from and to.
type span2 struct {
	from, to int
	as       string
}

func newMasking(s string) *masking {
	m := &masking{runes: []rune(s)}
	var b strings.Builder
	for i, r := range m.runes {
		n := b.Len()
		b.WriteRune(plainRune(r))
		for range b.Len() - n {
			m.at = append(m.at, i)
		}
	}
	m.at = append(m.at, len(m.runes))
	m.plain = b.String()
	return m
}

func plainRune(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= 0xff01 && r <= 0xff5e: // full width
		return r - 0xfee0
	case unicode.IsDigit(r):
		return '0' + rune(digitValue(r))
	case unicode.Is(unicode.Pd, r) || r == 0x2212:
		return '-'
	case r == '·' || r == '•' || r == '∙' || r == '‧':
		return '.'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// digitValue is a decimal digit's value: Unicode has them in runs of ten.
func digitValue(r rune) int {
	n := 0
	for n < 9 && unicode.IsDigit(r-1) {
		r--
		n++
	}
	return n % 10
}

// add hides bytes of plain, unless some of them are hidden already.
func (m *masking) add(from, to int, as string) {
	a, b := m.at[from], m.at[to]
	for _, s := range m.spans {
		if a < s.to && s.from < b {
			return
		}
	}
	m.spans = append(m.spans, span2{a, b, as})
}

// hidden reports whether some bytes of plain are hidden or kept.
func (m *masking) hidden(from, to int) bool {
	a, b := m.at[from], m.at[to]
	for _, s := range m.spans {
		if a < s.to && s.from < b {
			return true
		}
	}
	for _, k := range m.kept {
		if from < k[1] && k[0] < to {
			return true
		}
	}
	return false
}

// hide hides a group of every match.
func (m *masking) hide(pattern *regexp.Regexp, group int, as string, unless func(m *masking, from, to int) bool) {
	for _, at := range pattern.FindAllStringSubmatchIndex(m.plain, -1) {
		from, to := at[2*group], at[2*group+1]
		if from < 0 || unless != nil && unless(m, from, to) {
			continue
		}
		m.add(from, to, as)
	}
}

// String is the text with what is hidden replaced.
func (m *masking) String() string {
	slices.SortFunc(m.spans, func(a, b span2) int { return a.from - b.from })
	var b strings.Builder
	last := 0
	for _, s := range m.spans {
		b.WriteString(string(m.runes[last:s.from]))
		b.WriteString(s.as)
		last = s.to
	}
	b.WriteString(string(m.runes[last:]))
	return b.String()
}

var (
	urlPattern = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"]+`)
	// what stands in the query, the fragment or the path of a link
	urlSecret   = regexp.MustCompile(`(?i)[?&#;](?:[\w\-]*(?:token|key|secret|passw|pwd|auth|sig|session|code|reset|otp|email|mail|phone|tel|user|jwt))=([^&#;\s]+)`)
	urlToken    = regexp.MustCompile(`[/=]([A-Za-z0-9_\-.~]{20,})`)
	urlUserinfo = regexp.MustCompile(`://([^/@\s]+:[^/@\s]+)@`)
)

// urls hides secrets in links and keeps the numbers in them.
func (m *masking) urls() {
	for _, at := range urlPattern.FindAllStringIndex(m.plain, -1) {
		link := m.plain[at[0]:at[1]]
		for _, u := range urlUserinfo.FindAllStringSubmatchIndex(link, -1) {
			m.add(at[0]+u[2], at[0]+u[3], MaskedSecret)
		}
		for _, u := range urlSecret.FindAllStringSubmatchIndex(link, -1) {
			m.add(at[0]+u[2], at[0]+u[3], MaskedSecret)
		}
		for _, u := range urlToken.FindAllStringSubmatchIndex(link, -1) {
			if v := link[u[2]:u[3]]; strings.ContainsAny(v, "0123456789") && strings.ContainsFunc(v, unicode.IsUpper) && strings.ContainsFunc(v, unicode.IsLower) {
				m.add(at[0]+u[2], at[0]+u[3], MaskedSecret)
			}
		}
		if !strings.Contains(link, "@") {
			m.kept = append(m.kept, [2]int{at[0], at[1]})
		}
	}
}

// maskPatterns are what is known by its form or by the word before it.
var maskPatterns = []struct {
	pattern *regexp.Regexp
	group   int
	as      string
	unless  func(m *masking, from, to int) bool
}{
	{regexp.MustCompile(`[\p{L}\p{N}._%+\-']+@(?:\[[^\]\s]+\]|[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*)`), 0, MaskedEmail, nil},
	{regexp.MustCompile(`(?i)[\p{L}\p{N}._%+\-]+\s*(?:\(\s*(?:at|arroba)\s*\)|\[\s*(?:at|arroba)\s*\]|\{\s*at\s*\}|\s(?:arroba)\s)\s*[\p{L}\p{N}\-]+(?:\s*(?:\.|\(\s*(?:dot|punto)\s*\)|\[\s*(?:dot|punto)\s*\]|\s(?:dot|punto)\s)\s*[\p{L}\p{N}\-]+)+`), 0, MaskedEmail, nil},
	{regexp.MustCompile(`(?i)[\p{L}\p{N}._%+\-]+\s+at\s+[\p{L}\p{N}\-]+(?:\s+dot\s+[\p{L}\p{N}\-]+)*\s+dot\s+(?:com|org|net|edu|gov|info|io|co|app|dev|eu|uk|es|de|fr|it|pt|nl|mx|ar|cl|pe|br|ca|us|au|ie)\b`), 0, MaskedEmail, nil},
	{regexp.MustCompile(`[\p{L}\p{N}._%+\-]+\s?@\s?[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*\.\p{L}{2,}`), 0, MaskedEmail, nil},

	{regexp.MustCompile(`\beyJ[\w\-]{8,}(?:\.[\w\-]+){0,2}`), 0, MaskedSecret, nil},
	{regexp.MustCompile(`\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w\-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w\-]{30,}`), 0, MaskedSecret, nil},
	{regexp.MustCompile(`(?i)\b(?:password|passwd|passcode|passphrase|pwd|contraseña|clave(?:\s+(?:secreta|de acceso))?)\s*(?::|=|\s(?:is|was|es|era)\s*:?)\s*["'“]?([^\s"'”,;]{3,})`), 1, MaskedSecret, looksLikeAWord},
	{regexp.MustCompile(`(?i)\b(?:password|passwd|passcode|pwd|contraseña)\s+["'“]?([^\s"'”,;]*\d[^\s"'”,;]*)`), 1, MaskedSecret, looksLikeAWord},
	{regexp.MustCompile(`(?i)\b(?:pin|cvv2?|cvc2?|csc|otp|(?:security|verification) code|código de (?:seguridad|verificación))\b(?:\s+(?:code|number|is|was|es|era|of my card))*\s*[:=#]?\s*(\d{3,8})\b`), 1, MaskedSecret, nil},

	{regexp.MustCompile(`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`), 0, MaskedIP, isVersion},
	{regexp.MustCompile(`(?i)\b(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?`), 0, MaskedIP, isTime},

	{regexp.MustCompile(`\b(?i:my (?:full |first |last )?name(?: is|'s|:)|name is|me llamo|mi nombre es|i am called|je m'appelle|ich heiße|il mio nome è|meu nome é)\s+(\p{Lu}[\p{L}'’\-]+(?:\s+(?:(?:de|del|la|los|van|von|der|da|di)\s+)*\p{Lu}[\p{L}'’\-.]*){0,4})`), 1, MaskedName, nil},

	{regexp.MustCompile(`\b(?i:soy|i am|i'm)\s+(\p{Lu}\p{Ll}+(?:\s+(?:(?:de|del|la|van|von)\s+)*\p{Lu}\p{Ll}+){1,3})`), 1, MaskedName, nil},

	{regexp.MustCompile(`\b\d{1,5}[A-Za-z]?,?\s+(?:\p{Lu}[\p{L}'’.\-]*\s+){1,4}(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|terrace|crescent|close|gardens|way|place|pl|highway|hwy|parkway|row|hill|grove|mews)\b\.?(?:,?\s+(?i:apt|apartment|flat|unit|suite|ste)\.?\s*#?\s*\w{1,5})?`), 0, MaskedAddress, nil},
	{regexp.MustCompile(`(?i)\b\d{1,5}[a-z]?\s+(?:[\p{L}'’.\-]+\s+){1,3}(?:street|road|avenue|lane|boulevard|crescent|terrace)\b`), 0, MaskedAddress, notAnAddress},
	{regexp.MustCompile(`(?i)(?:^|[\s,(])((?:calle|c/|avenida|avda?\.?|plaza|pza\.?|paseo|pº|camino|ronda|travesía|carretera|ctra\.?|callejón|urbanización|urb\.|rua|rue|via|viale|place|chemin)\s+(?:[\p{L}'’.\-]+\s+){0,5}[\p{L}'’.\-]+,?\s*(?:n(?:[º°.]|úm\.?|um\.?)?\s*)?\d{1,4}(?:\s*[A-Za-z]\b)?(?:,?\s*\d{1,2}\s*[º°ª]\s*[A-Za-z0-9]{0,3})?)`), 1, MaskedAddress, nil},
	{regexp.MustCompile(`(?i)\b\d{1,4}\s*(?:bis|ter)?,?\s+(?:rue|boulevard|bd|avenue|place|chemin|allée|impasse)\s+(?:(?:de|du|des|la|le|les|l'|d')\s*)*[\p{L}'’\-]+(?:\s+\p{Lu}[\p{L}'’\-]+)*`), 0, MaskedAddress, nil},
	{regexp.MustCompile(`(?i)\b[\p{L}\-]{2,}(?:straße|strasse|str\.|weg|platz|allee|gasse)\s+\d{1,4}\s?[a-z]?\b`), 0, MaskedAddress, nil},

	{regexp.MustCompile(`(?i)\b(?:born(?: on)?|dob|d\.o\.b\.|date of birth|birth ?da(?:te|y)(?: is)?|nacid[oa](?: el)?|(?:fecha de )?nacimiento)\s*(?:is|es|:)?\s*(\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}|\d{1,2}\.?\s+(?:de\s+)?\p{L}+\s+(?:de\s+)?\d{4}|\p{L}+\s+\d{1,2},?\s+\d{4})`), 1, MaskedBirth, nil},
}

var smallWord = regexp.MustCompile(`(?i)\s(?:of|for|in|the|to|from|a|an|on|at|and|with|my|your|or|is|are|was)\s`)

// notAnAddress reports a number and a street that belong to a sentence: "2 of the
// street signs".
func notAnAddress(m *masking, from, to int) bool { return smallWord.MatchString(m.plain[from:to]) }

var versionWord = regexp.MustCompile(`(?i)(?:\bv|\bver(?:sion|sión)?\.?|firmware|\bios|\bandroid|\bmacos|\bbuild|update|actualización|release)\s*:?\s*$`)

// isVersion reports four numbers that a version has, not an address.
func isVersion(m *masking, from, to int) bool {
	return versionWord.MatchString(m.plain[max(0, from-24):from]) || to < len(m.plain) && m.plain[to] == '.' && to+1 < len(m.plain) && isDigit(m.plain[to+1])
}

// isTime reports what looks like an address and is a time of day.
func isTime(m *masking, from, to int) bool {
	return !strings.ContainsAny(m.plain[from:to], "abcdefABCDEF") && strings.Count(m.plain[from:to], ":") < 4
}

// looksLikeAWord reports what follows a password's name without being one: "my
// password is wrong".
func looksLikeAWord(m *masking, from, to int) bool {
	word := strings.TrimRight(m.plain[from:to], ".!?")
	if m.plain[from-1] == ':' || m.plain[from-1] == '=' || from > 1 && (m.plain[from-2] == ':' || m.plain[from-2] == '=') {
		return false
	}
	return !strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsSymbol(r) || strings.ContainsRune("!@#$%&*_", r)
	})
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
