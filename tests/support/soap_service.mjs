// A hospital's SOAP service by npm's soap, with a WSDL of its own. node soap_service.mjs MODULES PORT REPORTS.json
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [modules, port, file] = process.argv.slice(2);
const soap = createRequire(modules + '/none.js')('soap');
const wsdl = `<?xml version="1.0" encoding="utf-8"?>
<definitions name="Report" targetNamespace="http://tempuri.org/" xmlns="http://schemas.xmlsoap.org/wsdl/"
  xmlns:tns="http://tempuri.org/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<types><xs:schema targetNamespace="http://tempuri.org/" elementFormDefault="qualified">
<xs:element name="QueryReport"><xs:complexType><xs:sequence><xs:element name="request" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="QueryReportResponse"><xs:complexType><xs:sequence><xs:element name="QueryReportResult" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
</xs:schema></types>
<message name="In"><part name="parameters" element="tns:QueryReport"/></message>
<message name="Out"><part name="parameters" element="tns:QueryReportResponse"/></message>
<portType name="Port"><operation name="QueryReport"><input message="tns:In"/><output message="tns:Out"/></operation></portType>
<binding name="Binding" type="tns:Port"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="QueryReport"><soap:operation soapAction="http://tempuri.org/QueryReport"/>
<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="Service"><port name="Port" binding="tns:Binding"><soap:address location="http://127.0.0.1:${port}/ws/Report.asmx"/></port></service>
</definitions>`;

const escaped = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;');

function answer({ request }) {
  const asked = [...request.matchAll(/<(SQDH|BGDH|BBH)>([^<]*)</g)].map((match) => [match[1], match[2]]);
  const found = JSON.parse(readFileSync(file, 'utf8')).filter((row) => asked.every(([name, value]) => String(row[name]) === value));
  const rows = found.map((row) => '<Row>' + Object.entries(row).map(([n, v]) => `<${n}>${escaped(v)}</${n}>`).join('') + '</Row>');
  return { QueryReportResult: `<Response><ResultCode>0</ResultCode><Rows>${rows.join('')}</Rows></Response>` };
}

const server = createServer((request, response) => response.writeHead(404).end());
server.listen(Number(port), '127.0.0.1', () => {
  soap.listen(server, '/ws/Report.asmx', { Service: { Port: { QueryReport: answer } } }, wsdl);
  console.log('ready');
});
