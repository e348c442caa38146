package reports

import (
	"regexp"
	"strings"
)

// kept is the context of a number that stays.
const kept = "kept"

// contexts are the words that say what a number is, without accents, in the
// languages in which support teams are written to.
var contexts = map[string]string{}

func init() {
	for as, words := range map[string]string{
		kept: `order orders pedido pedidos orden ord po tracking track seguimiento rastreo shipment envio parcel package paquete awb sku ean upc gtin isbn barcode barras asin
			ref reference referencia invoice invoices factura facturas recibo receipt bill ticket tickets case caso incidencia part parte pieza item items articulo product producto model modelo
			serial serie imei version versiones ver build firmware update zip postal postcode cp plz size sizes talla tallas medida price precio prices cost costs cuesta cuestan coste paid pague pagado pay
			total amount importe subtotal refund reembolso lat latitude latitud long longitude longitud lon room habitacion flight vuelo page pagina line linea year ano ending ends termina terminada acaba
			coupon voucher cupon vale promo code codigo booking reserva reservation quote presupuesto contract contrato policy poliza claim warranty garantia batch lote lot transaction transaccion
			points puntos balance saldo weight peso width height budget between salary opening hours horario open abierto closed percent gallery bestellung bestellnummer rechnung commande facture pedidos
			pixels resolution error errno port population isrc doi chapter verse seat asiento gate terminal unit units unidades stock quantity cantidad kwh km dated date fecha`,
		MaskedPhone: `call calls calling phone phones telephone tel tlf tfno telefono telefonos mobile movil celular cell cellphone whatsapp wa llamar llamame llameme llamadme llamen llama ring text sms fax
			contact contactar contacto reach numero numeros dial handy telefon rufnummer telephone portable appeler chiama telefone`,
		MaskedCard:    `card cards tarjeta tarjetas visa mastercard amex americanexpress debit credito debito maestro karte carte cartao`,
		MaskedAccount: `account accounts cuenta iban ccc sort bank banco routing konto kontonummer compte swift bic clabe`,
		MaskedID:      `dni nif nie cif ssn nhs passport pasaporte cpf rg curp rfc nss social insurance sin bsn pesel aadhaar pan tax steuernummer licence license identity identidad cedula identificacion ausweis afiliacion`,
	} {
		for word := range strings.FieldsSeq(words) {
			contexts[word] = as
		}
	}
	// A number of one's own is a phone number unless something else is said.
	delete(contexts, "numero")
	delete(contexts, "numeros")
}

var (
	wordPattern   = regexp.MustCompile(`\p{L}+`)
	sentenceEnd   = regexp.MustCompile(`[.!?;\n]\s`)
	abbreviation  = regexp.MustCompile(`(?i)\b(?:no|nr|nro|num|núm|ref|art|tel|ord|inv|id|acct|approx|aprox)(\.)\s`)
	moneyAfter    = regexp.MustCompile(`(?i)^\s?(?:€|\$|£|%|eur|euros?|usd|dollars?|dolares|dólares|gbp|pounds?|libras|cop|mxn|clp|ars|pesos?|soles|kg|km|cm|mm|gb|mb|kwh|units|unidades|points|puntos|years|años|days|días|hours|horas)\b|^\s?[€$£%]`)
	moneyBefore   = regexp.MustCompile(`(?i)(?:€|\$|£|eur|usd|gbp|#)\s?-?$`)
	saidAfter     = regexp.MustCompile(`(?i)^\W{0,3}(?:is|es|it'?s|that'?s|ist)?\s*(?:my|mi|mein|mon|the|el)\s+(?:(?:new|nuevo|work|home|mobile|cell|phone)\s+)*(\p{L}+)`)
	ownNumber     = regexp.MustCompile(`(?i)(?:\bmy|\bmi|\bour|\bnuestro|\bthis|\beste|\bes el)\s+(?:new\s+|nuevo\s+)?(?:number|num|n[uú]mero)s?(?:\s+(?:is|es|:))?\W*$`)
	contextBefore = 6 // words
)

// contextBytes is how far from a number its words are looked for, so that the time to mask a text grows with the text alone.
const contextBytes = 400

// context is what the nearest word says about a number: kept, one of the kinds, or
// nothing. What is said before it, in the same sentence, comes first.
func (m *masking) context(from, to int) string {
	before, after := m.plain[max(0, from-contextBytes):from], m.plain[to:min(len(m.plain), to+contextBytes)]
	if moneyAfter.MatchString(after) || moneyBefore.MatchString(before) {
		return kept
	}
	for _, at := range abbreviation.FindAllStringSubmatchIndex(before, -1) {
		before = before[:at[2]] + " " + before[at[3]:]
	}
	if ends := sentenceEnd.FindAllStringIndex(before, -1); len(ends) > 0 {
		before = before[ends[len(ends)-1][1]:]
	}
	if ownNumber.MatchString(before) {
		return MaskedPhone
	}
	words := wordPattern.FindAllString(before, -1)
	for i := len(words) - 1; i >= max(0, len(words)-contextBefore); i-- {
		if as := contexts[foldWord(words[i])]; as != "" {
			return as
		}
	}
	if said := saidAfter.FindStringSubmatch(after); said != nil {
		return contexts[foldWord(said[1])]
	}
	return ""
}

var accents = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n", "ç", "c", "ã", "a", "õ", "o", "è", "e", "à", "a")

// foldWord is a word in small letters without accents.
func foldWord(s string) string { return accents.Replace(strings.ToLower(s)) }
