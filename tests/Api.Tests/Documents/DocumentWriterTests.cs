using Slipway.Api.Documents;

namespace Slipway.Api.Tests.Documents;

public sealed class DocumentWriterTests
{
    [Fact]
    public void WritesInTheStyleOfKubectl()
    {
        var document = Json.Node("""
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{},"name":"x"},
             "data":{"a":"1","b":"true","c":"plain text","d":"x: y","e":"line\nline\n","f":"no\nend","g":""},
             "list":[{"a":1,"b":[2,3]},["x"],[],null,true,1.50]}
            """);
        Assert.Equal("""
            apiVersion: v1
            kind: ConfigMap
            metadata:
              labels: {}
              name: x
            data:
              a: "1"
              b: "true"
              c: plain text
              d: 'x: y'
              e: |
                line
                line
              f: |-
                no
                end
              g: ""
            list:
            - a: 1
              b:
              - 2
              - 3
            - - x
            - []
            - null
            - true
            - 1.50

            """, DocumentWriter.ToYaml(document));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData(" leading")]
    [InlineData("trailing ")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("yes")]
    [InlineData("1e3")]
    [InlineData("0644")]
    [InlineData("-")]
    [InlineData("- a")]
    [InlineData("-x")]
    [InlineData("---")]
    [InlineData("? a")]
    [InlineData("a:")]
    [InlineData("a: b")]
    [InlineData("a:b")]
    [InlineData("a #b")]
    [InlineData("#a")]
    [InlineData("*a")]
    [InlineData("&a")]
    [InlineData("!a")]
    [InlineData("%a")]
    [InlineData("@a")]
    [InlineData("`a")]
    [InlineData("{a")]
    [InlineData("[a")]
    [InlineData("a]")]
    [InlineData("'a'")]
    [InlineData("\"a\"")]
    [InlineData("it's")]
    [InlineData("back\\slash")]
    [InlineData("both ' and \"")]
    [InlineData("tab\there")]
    [InlineData("bell\a")]
    [InlineData("cr\r\nlf")]
    [InlineData("\n")]
    [InlineData("\n\n")]
    [InlineData("a\n\n")]
    [InlineData("a\nb\n\n\n")]
    [InlineData("  indented\nless\n")]
    [InlineData("\nstarts empty")]
    [InlineData("a \nb")]
    [InlineData("a\n b\n")]
    [InlineData("# a\nb\n")]
    [InlineData("é ü 漢字 😀")]
    [InlineData("nel\u0085sep\u2028\u2029")]
    [InlineData("\ufeffbom")]
    [InlineData("2001-01-01")]
    [InlineData("1:30")]
    [InlineData("<<")]
    [InlineData("=")]
    [InlineData(".")]
    [InlineData("...")]
    [InlineData("|")]
    [InlineData(">")]
    [InlineData("a, b")]
    public void AnyTextSurvivesARoundTrip(string text)
    {
        var document = new System.Text.Json.Nodes.JsonObject { ["top"] = text, ["list"] = new System.Text.Json.Nodes.JsonArray(text), ["map"] = new System.Text.Json.Nodes.JsonObject { ["inner"] = text } };
        if (text.Length > 0) document["k" + text] = 1;
        Json.AssertEqual(Json.Text(document), Json.Of(DocumentWriter.ToYaml(document)));
    }
}
