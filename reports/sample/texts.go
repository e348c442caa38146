package sample

// subject is something that visitors of the shop ask about, in each language.
type subject struct {
	topic     string
	questions map[string][]string
	answer    map[string]string
	from      float64 // when in the period, from 0 to 1, the agent is first asked
	known     float64 // how often the agent knows the answer
	weight    float64
}

// subjects is what is asked: the agent knows most of it, and some of it appears
// when the shop changes something.
var subjects = []subject{
	{
		topic: "order status", known: 0.93, weight: 9,
		questions: map[string][]string{
			"en": {"where is my order", "my parcel hasn't arrived yet, can you check?", "has order 48213 been shipped already", "tracking says delivered but there is nothing here"},
			"es": {"¿dónde está mi pedido?", "mi paquete no ha llegado, ¿podéis mirarlo?", "¿ya ha salido mi pedido?", "el seguimiento dice entregado y aquí no hay nada"},
		},
		answer: map[string]string{"en": "It left our warehouse and should reach you within two working days.", "es": "Salió de nuestro almacén y debería llegarte en dos días laborables."},
	},
	{
		topic: "returns", known: 0.9, weight: 6,
		questions: map[string][]string{
			"en": {"how do I send something back", "can I return shoes I wore once", "how long do I have to return an item"},
			"es": {"¿cómo devuelvo un artículo?", "¿puedo devolver unos zapatos que usé una vez?", "¿cuánto tiempo tengo para devolverlo?"},
		},
		answer: map[string]string{"en": "You have 30 days. Print the label from your account and drop the parcel off.", "es": "Tienes 30 días. Imprime la etiqueta desde tu cuenta y deja el paquete en un punto de entrega."},
	},
	{
		topic: "refund time", known: 0.55, weight: 4,
		questions: map[string][]string{
			"en": {"when do I get my money back", "how long does a refund take", "I returned it two weeks ago and still have no refund"},
			"es": {"¿cuándo me devuelven el dinero?", "¿cuánto tarda un reembolso?", "lo devolví hace dos semanas y sigo sin reembolso"},
		},
		answer: map[string]string{"en": "Refunds are paid within five working days of the return.", "es": "El reembolso se paga en cinco días laborables desde la devolución."},
	},
	{
		topic: "sizes", known: 0.85, weight: 4,
		questions: map[string][]string{
			"en": {"does the rain jacket run small", "which size is 42 in UK sizes", "is there a size chart for kids"},
			"es": {"¿la chaqueta de lluvia talla pequeño?", "¿qué talla es una 42 en tallas británicas?", "¿hay una guía de tallas para niños?"},
		},
		answer: map[string]string{"en": "It fits true to size; the chart on the product page has the measurements.", "es": "Talla normal; la guía de la página del producto tiene las medidas."},
	},
	{
		topic: "payment", known: 0.8, weight: 3,
		questions: map[string][]string{
			"en": {"can I pay in instalments", "my card was declined twice", "do you take gift cards together with a card"},
			"es": {"¿puedo pagar a plazos?", "mi tarjeta fue rechazada dos veces", "¿puedo pagar con tarjeta regalo y tarjeta a la vez?"},
		},
		answer: map[string]string{"en": "Yes, choose it at the checkout; the bank may ask you to confirm.", "es": "Sí, elígelo al pagar; puede que el banco te pida confirmarlo."},
	},
	{
		topic: "invoice with tax number", known: 0.1, weight: 1.6,
		questions: map[string][]string{
			"en": {"I need an invoice with our VAT number", "can you put the company name on the invoice"},
			"es": {"necesito una factura con el CIF de la empresa", "¿podéis poner el nombre de la empresa en la factura?"},
		},
		answer: map[string]string{"en": "Enter the tax number in your account and download the invoice again.", "es": "Escribe el CIF en tu cuenta y descarga la factura otra vez."},
	},
	{
		topic: "pickup point", from: 0.45, known: 0.15, weight: 2.4,
		questions: map[string][]string{
			"en": {"can I collect my order at a pickup point", "how do I change the pickup point", "is the parcel locker open on Sundays"},
			"es": {"¿puedo recoger mi pedido en un punto de recogida?", "¿cómo cambio el punto de recogida?", "¿la taquilla abre los domingos?"},
		},
		answer: map[string]string{"en": "Choose a pickup point at the checkout; lockers are open day and night.", "es": "Elige un punto de recogida al pagar; las taquillas abren día y noche."},
	},
	{
		topic: "repair of zips", from: 0.7, known: 0.05, weight: 1.8,
		questions: map[string][]string{
			"en": {"do you repair broken zips", "the zip of my tent is broken, is that covered"},
			"es": {"¿reparáis cremalleras rotas?", "se rompió la cremallera de mi tienda, ¿lo cubre la garantía?"},
		},
		answer: map[string]string{"en": "Send it in with the repair form; zips are repaired free of charge for two years.", "es": "Envíalo con el formulario de reparación; las cremalleras se reparan gratis durante dos años."},
	},
	{
		topic: "wholesale", known: 0.05, weight: 0.5,
		questions: map[string][]string{
			"en": {"do you sell to shops", "is there a discount for 200 pieces"},
			"es": {"¿vendéis a tiendas?", "¿hay descuento por 200 unidades?"},
		},
		answer: map[string]string{"en": "Our sales team answers that.", "es": "De eso se ocupa nuestro equipo de ventas."},
	},
}

// greetings open some messages.
var greetings = map[string][]string{"en": {"Hi! ", "hello, ", "", "", ""}, "es": {"¡Hola! ", "buenas, ", "", "", ""}}

// complaints and praises go with feedback.
var complaints = map[string][]string{
	"en": {"It answered something that I had not asked.", "Three times the same sentence, then nothing.", "I had to repeat everything to a person.", "You can reach me at kim@example.com, I am still waiting.", "The link it gave me was broken."},
	"es": {"Respondió algo que yo no había preguntado.", "Tres veces la misma frase y luego nada.", "Tuve que repetirlo todo a una persona.", "Llamadme al 612 345 678, sigo esperando.", "El enlace que me dio no funcionaba."},
}

var praises = map[string][]string{
	"en": {"Quick and clear, thanks!", "Solved in a minute.", ""},
	"es": {"Rápido y claro, ¡gracias!", "Resuelto en un minuto.", ""},
}

var handoffNote = map[string]string{"en": "I am passing you to a colleague.", "es": "Te paso con una compañera."}
