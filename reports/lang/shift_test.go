package lang_test

import (
	"testing"

	"agentreport/reports"
	"agentreport/reports/lang"
)

func TestShift(t *testing.T) {
	for _, tt := range []struct {
		shift  reports.Shift
		en, es string
	}{
		{
			reports.Shift{By: reports.ByChannel, Name: "whatsapp", Figure: reports.FigureHandoffRate, N: 21, Of: 90, Usual: 7},
			"WhatsApp conversations went to a person three times as often as usual (21, usually 7).",
			"Las conversaciones de WhatsApp pasaron a una persona el triple de lo habitual (21, normalmente 7).",
		},
		{
			reports.Shift{By: reports.ByChannel, Name: "chat", Figure: reports.FigureHandoffRate, N: 120, Of: 400, Usual: 84.4},
			"Chat conversations went to a person more often than usual (120, usually 84).",
			"Las conversaciones de chat pasaron a una persona más de lo habitual (120, normalmente 84).",
		},
		{
			reports.Shift{By: reports.ByChannel, Name: "chat", Figure: reports.FigureHandoffRate, N: 0, Of: 400, Usual: 84},
			"Chat conversations went to a person less often than usual (0, usually 84).",
			"Las conversaciones de chat pasaron a una persona menos de lo habitual (0, normalmente 84).",
		},
		{
			reports.Shift{By: reports.ByChannel, Name: "email", Figure: reports.FigureResolutionRate, N: 40, Of: 100, Usual: 65},
			"The agent resolved fewer of the email conversations than usual (about 40\u202f%, usually 65\u202f%).",
			"El agente resolvió menos conversaciones de email de lo habitual (cerca del 40\u202f%, normalmente el 65\u202f%).",
		},
		{
			reports.Shift{By: reports.ByShare, Name: "telegram", N: 60, Of: 300},
			"Telegram brought more of the conversations than usual (20\u202f%, usually 0\u202f%).",
			"Por telegram llegó una parte mayor de las conversaciones de lo habitual (el 20\u202f%, normalmente el 0\u202f%).",
		},
		{
			reports.Shift{By: reports.ByTopic, Name: "Company name on the invoice", N: 9, Usual: 2.25},
			"“Company name on the invoice” was asked four times as often as usual (9 conversations, usually 2.2).",
			"Se preguntó «Company name on the invoice» el cuádruple de lo habitual (9 conversaciones, normalmente 2,2).",
		},
		{
			reports.Shift{By: reports.ByReason, Name: "tool_failure", Figure: reports.FigureHandoffRate, N: 86, Of: 551},
			"86 handoffs were for “a tool failed”, usually none.",
			"86 traspasos fueron por «falló una herramienta», normalmente ninguno.",
		},
		{
			reports.Shift{By: reports.ByReason, Name: "policy", Figure: reports.FigureHandoffRate, N: 14, Of: 551, Usual: 2},
			"Handoffs for “policy” came 7 times as often as usual (14, usually 2).",
			"Los traspasos por «política» fueron 7 veces lo habitual (14, normalmente 2).",
		},
		{
			reports.Shift{By: reports.ByReason, Name: reports.UnspecifiedReason, Figure: reports.FigureHandoffRate, N: 45, Of: 342, Usual: 3},
			"Handoffs without a reason came more than ten times as often as usual (45, usually 3).",
			"Los traspasos sin motivo fueron más de diez veces lo habitual (45, normalmente 3).",
		},
		{
			reports.Shift{By: reports.ByChannel, Name: "sms", Figure: reports.FigureHandoffRate, N: 12, Of: 90},
			"12 SMS conversations went to a person, usually none.",
			"12 conversaciones de SMS pasaron a una persona, normalmente ninguna.",
		},
		{
			reports.Shift{By: reports.ByTopic, Name: "Refund time", N: 12},
			"12 conversations asked “Refund time”, usually none.",
			"12 conversaciones preguntaron «Refund time», normalmente ninguna.",
		},
	} {
		for language, want := range map[string]string{"en": tt.en, "es": tt.es} {
			if got := lang.For(language).Shift(&tt.shift); got != want {
				t.Errorf("%s:\n%s\n%s", language, got, want)
			}
		}
	}
}
