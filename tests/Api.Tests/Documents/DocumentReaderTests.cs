using System.Text;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests.Documents;

public sealed class DocumentReaderTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 0x1F", """{"a":31}""")]
    [InlineData("mode: 0644", """{"mode":420}""")]
    [InlineData("mode: 0o644", """{"mode":420}""")]
    [InlineData("a: 1_000", """{"a":1000}""")]
    [InlineData("a: 1.50", """{"a":1.50}""")]
    [InlineData("a: .5", """{"a":0.5}""")]
    [InlineData("a: 1.", """{"a":1.0}""")]
    [InlineData("a: -1e3", """{"a":-1e3}""")]
    [InlineData("a: 12345678901234567890123", """{"a":12345678901234567890123}""")]
    [InlineData("a: 1.2.3", """{"a":"1.2.3"}""")]
    [InlineData("a: 089", """{"a":89}""")]
    [InlineData("a: true\nb: False\nc: yes\nd: off", """{"a":true,"b":false,"c":"yes","d":"off"}""")]
    [InlineData("a: ~\nb: null\nc:\nd: ''", """{"a":null,"b":null,"c":null,"d":""}""")]
    [InlineData("a: 2001-01-01", """{"a":"2001-01-01"}""")]
    [InlineData("a: '1'\nb: \"true\"", """{"a":"1","b":"true"}""")]
    [InlineData("a: !!str 1\nb: !!int \"2\"", """{"a":"1","b":2}""")]
    [InlineData("1: a\ntrue: b", """{"1":"a","true":"b"}""")]
    [InlineData("a: [1, b, {c: d}]", """{"a":[1,"b",{"c":"d"}]}""")]
    [InlineData("a: |\n  x\n  y\nb: >-\n  x\n  y", """{"a":"x\ny\n","b":"x y"}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("base: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", """{"base":{"b":1,"c":2},"d":{"c":3,"b":1}}""")]
    [InlineData("{\"a\": \"b\"}", """{"a":"b"}""")]
    [InlineData("# note\n---\na: 1", """{"a":1}""")]
    public void ReadsYamlAsKubernetesDoes(string yaml, string json) => Assert.Equal(json, Json.Text(Json.Of(yaml)));

    [Fact]
    public void ReadsSeveralDocumentsAndLeavesOutEmptyOnes()
    {
        var documents = DocumentReader.ParseYaml("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n");
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], documents.Select(Json.Text));
    }

    [Theory]
    [InlineData("a: 1\na: 2", "line 2, column 1", "the key \"a\" is given twice")]
    [InlineData("a:\n\tb: 1", "line 2, column 1", "use spaces")]
    [InlineData("a:\n  b: 1\n \tc: 2", "line 3, column 2", "use spaces")]
    [InlineData("a: {b: 1\nc: 2", "line 1", "cannot be understood")]
    [InlineData("a: b: c", "line 1, column 5", "found invalid mapping")]
    [InlineData("a: [1, 2", "line", "")]
    [InlineData("- a", "line 1", "a document must be a mapping")]
    [InlineData("just text", "line 1", "a document must be a mapping")]
    [InlineData("a: *x", "line 1, column 4", "the alias *x has no anchor")]
    [InlineData("a: .inf", "line 1", "cannot be written in JSON")]
    [InlineData("a: !thing 1", "line 1", "the tag !thing")]
    [InlineData("a: !!int x", "line 1", "is not a number")]
    [InlineData("<<: 1", "line 1", "the merge key")]
    [InlineData("? [a]\n: b", "line 1", "a key must be a plain value")]
    public void RefusesBadYamlWithItsPlace(string yaml, string place, string why)
    {
        var refusal = Assert.Throws<ApiException>(() => DocumentReader.ParseYaml(yaml));
        Assert.Equal(400, refusal.Code);
        Assert.StartsWith("malformed YAML at ", refusal.Message);
        Assert.Contains(place, refusal.Message);
        Assert.Contains(why, refusal.Message);
    }

    [Fact]
    public void Aliases_nest_no_deeper_than_a_document_may_be()
    {
        var yaml = "a: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 90).Select(i => $"b{i}: &a{i} {new string('[', 150)}*a{i - 1}{new string(']', 150)}\n"));
        Assert.Contains("nested deeper than 256", Assert.Throws<ApiException>(() => DocumentReader.ParseYaml(yaml)).Message);
    }

    [Fact]
    public void Anchors_within_anchors_cost_no_more_than_what_they_hold()
    {
        // A copy at each anchor would be 200 copies of all that is in the innermost.
        var yaml = "a: " + string.Concat(Enumerable.Range(0, 200).Select(i => $"&a{i} [")) + string.Concat(Enumerable.Repeat("x,", 20_000)) + new string(']', 200) + "\nb: *a199\n";
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(20_000, DocumentReader.ParseYaml(yaml).Single()["b"]!.AsArray().Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000_000);
    }

    private const string Marks = "{}[]:,-?&*!|>'\"%@`#\t\n \0<~";

    [Fact]
    public void RefusesAnyMutilatedTextWithoutFailing()
    {
        const string text = "a: &x {b: [1, 'two', \"t\\x41\"]}\nc: |-\n  d\n? e\n: - f\n  - <<: *x\n---\n# g\nh: !!str i\n...";
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var mutilated = new StringBuilder(text);
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(mutilated.Length);
                if (random.Next(2) == 0) mutilated.Remove(at, Math.Min(random.Next(1, 4), mutilated.Length - at));
                else mutilated.Insert(at, Marks[random.Next(Marks.Length)]);
            }
            try
            {
                DocumentReader.ParseYaml(mutilated.ToString());
            }
            catch (ApiException e)
            {
                Assert.Matches("^malformed YAML at line [0-9]+, column [0-9]+: ", e.Message);
            }
        }
    }

    [Fact]
    public void RefusesAliasesThatExpandWithoutBounds()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++) yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Contains("too large", Assert.Throws<ApiException>(() => DocumentReader.ParseYaml(yaml.ToString())).Message);
    }

    [Fact]
    public void RefusesNestingWithoutBounds()
    {
        Assert.Equal(400, Assert.Throws<ApiException>(() => DocumentReader.ParseYaml("a: " + new string('[', 5000))).Code);
        Assert.Equal(400, Assert.Throws<ApiException>(() => DocumentReader.ParseJson(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 5000)))).Code);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "a")]
    [InlineData("""{"a":{"":1,"":2}}""", "a.")]
    [InlineData("""{"a":[{"":1,"":2}],"b":{"c":1,"c":1}}""", "a[0]. b.c")]
    public void TellsWhichFieldsAreGivenTwice(string json, string fields)
    {
        var duplicates = new List<string>();
        DocumentReader.Parse(Encoding.UTF8.GetBytes(json), "application/json", duplicates);
        Assert.Equal(fields, string.Join(' ', duplicates.Select(told => told["duplicate field \"".Length..^1])));
    }

    [Fact]
    public void KeepsTheTextOfNumbers()
    {
        const string json = """{"a":1.0,"b":1e400,"c":12345678901234567890,"d":-0}""";
        Assert.Equal(json, Json.Text(DocumentReader.ParseJson(Encoding.UTF8.GetBytes(json))));
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("{\"a\": 1,}", "line 1, column 9")]
    [InlineData("{\n  \"a\": 1,\n  \"a\": 2}", "line 3, column 3: the key \"a\" is given twice")]
    [InlineData("{\"x\": {\"a\": 1, \"\\u0061\": 2}}", "the key \"a\" is given twice")]
    [InlineData("{\"a\": \"\\ud800\"}", "line 1, column 7: a string holds half of a surrogate pair")]
    [InlineData("{\"a\": tru}", "line 1")]
    [InlineData("{\"a\": 1} x", "line 1")]
    public void RefusesBadJsonWithItsPlace(string json, string why)
    {
        var refusal = Assert.Throws<ApiException>(() => DocumentReader.ParseJson(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(400, refusal.Code);
        Assert.Contains(why, refusal.Message);
    }

    [Fact]
    public void RefusesTextThatIsNotUtf8() =>
        Assert.Contains("UTF-8", Assert.Throws<ApiException>(() => DocumentReader.ParseJson([(byte)'{', 0xFF, (byte)'}'])).Message);

    [Theory]
    [InlineData("application/json", """{"a":1}""")]
    [InlineData("application/json; charset=utf-8", """{"a":1}""")]
    [InlineData("application/merge-patch+json", """{"a":1}""")]
    [InlineData("application/yaml", "a: 1")]
    [InlineData("application/apply-patch+yaml", "a: 1")]
    [InlineData("", """{"a":1}""")]
    public void ReadsByMediaType(string type, string body) =>
        Assert.Equal("""{"a":1}""", Json.Text(DocumentReader.Parse(Encoding.UTF8.GetBytes(body), type)));

    [Fact]
    public void RefusesOtherMediaTypes() =>
        Assert.Equal(415, Assert.Throws<ApiException>(() => DocumentReader.Parse("x"u8.ToArray(), "text/html")).Code);
}
