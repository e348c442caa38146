package topics

import (
	"strings"
	"testing"
)

// said is what of a question counts most: the stems that are not of function words.
func said(t Text) string {
	var stems []string
	for _, w := range read(t.Text, t.Language) {
		if w.weight == 1 {
			stems = append(stems, w.stem)
		}
	}
	return strings.Join(stems, " ")
}

func TestRead(t *testing.T) {
	for _, tt := range []struct{ text, language, want string }{
		{"Where is my refund?", "", "refund"},
		{"WHERE IS MY REFUND", "en", "refund"},
		{"Hi, quick question: where is my refund?", "", "refund"},
		{"hello 👋🏽 where is my refund 😡😡", "", "refund"},
		{"Where is my refund for order #A-48213-77?", "", "refund order"},
		{"Where is the refund of €1,249.00 since 2025-09-22?", "", "refund sinc"},
		{"Hi, this is Maria Lopez. Where is my refund? Thanks, Maria", "", "refund"},
		{"My name is John Smith, where is my refund", "", "refund"},
		{"Hi Where is my refund", "", "refund"},
		{"where is my refund, mail me at jo.e+x@example.co.uk", "", "refund mail"},
		{"see https://shop.example/orders/77?x=1 where is my refund www.shop.example", "", "refund"},
		{"call me on +34 600 123 456 about the refund", "", "call refund"},
		{"does 2fa work", "", "2fa"},
		{"¿Dónde está mi reembolso?", "", "reembols"},
		{"donde esta mi reembolso", "", "reembols"},
		{"Hola, una consulta: ¿dónde están mis reembolsos?", "es", "estan reembols"},
		{"Soy Juan Pérez y quiero mi reembolso. Gracias, Juan", "es-MX", "reembols"},
		{"Wo ist meine Rückerstattung?", "de", "wo ist meine ruckerstattung"},
		{"返品はどうすればいいですか", "", "返品はどうすればいいですか"},
		{"где мой возврат", "", "где мои возврат"},
		{"", "", ""},
		{"😡 !!! 123", "", ""},
		{"\u200bre\u202efund", "", "refund"},
	} {
		if got := said(Text{Text: tt.text, Language: tt.language}); got != tt.want {
			t.Errorf("read(%q, %q) counts %q; want %q", tt.text, tt.language, got, tt.want)
		}
	}
}

func TestNameOf(t *testing.T) {
	for _, tt := range []struct{ question, want string }{
		{"where is my refund?", "Where is my refund?"},
		{"hi, quick question: where is my refund", "Where is my refund"},
		{"Hello there! Please, cancel it", "Cancel it"},
		{"hola, una pregunta: ¿dónde está mi pedido?", "¿Dónde está mi pedido?"},
		{"¿cuánto cuesta?", "¿Cuánto cuesta?"},
		{"my mail is a@b.example and it fails", "My mail is [email] and it fails"},
		{"cancel my order, please!", "Cancel my order!"},
		{"please", "Please"},
		{"hi", "Hi"},
		{"hi!", "Hi!"},
		{"  two\n lines\t", "Two lines"},
		{"émigrer", "Émigrer"},
		{"¿", "¿"},
		{"", "…"},
		{"\u200b", "…"},
		{"😀", "😀"},
		{strings.Repeat("long ", 40), "Long " + strings.TrimSpace(strings.Repeat("long ", 14)) + "…"},
	} {
		if got := NameOf(tt.question); got != tt.want {
			t.Errorf("NameOf(%q) = %q; want %q", tt.question, got, tt.want)
		}
	}
}
