using Slipway.Api.Selectors;

namespace Slipway.Api.Tests.Selectors;

public sealed class SelectorTests
{
    private const string Labels = """{"app":"web","tier":"front","n":"5","empty":""}""";

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData("app=db", false)]
    [InlineData("app!=db", true)]
    [InlineData("other!=db", true)]
    [InlineData("app!=web", false)]
    [InlineData("app", true)]
    [InlineData("other", false)]
    [InlineData("!other", true)]
    [InlineData("!app", false)]
    [InlineData("app in (db, web)", true)]
    [InlineData("app in (db)", false)]
    [InlineData("app notin (db)", true)]
    [InlineData("other notin (db)", true)]
    [InlineData("app notin (web)", false)]
    [InlineData("empty=", true)]
    [InlineData("app=,tier=front", false)]
    [InlineData("n>4", true)]
    [InlineData("n<5", false)]
    [InlineData("app=web,tier in (front,back),!other", true)]
    [InlineData(" app = web , tier != x ", true)]
    [InlineData("example.com/x!=1", true)]
    public void LabelSelectorsMatch(string text, bool matches) =>
        Assert.Equal(matches, LabelSelector.Parse(text).Matches(Json.Node(Labels)!.AsObject()));

    [Theory]
    [InlineData("app=web=x", "found '=', expected: ',' or 'end of string'")]
    [InlineData("app in", "unable to parse requirement: found '' expected: '('")]
    [InlineData("app in web", "unable to parse requirement: found 'web' expected: '('")]
    [InlineData("app in (web", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("=web", "found '=', expected: !, identifier, or 'end of string'")]
    [InlineData("!=web", "found '!=', expected: !, identifier, or 'end of string'")]
    [InlineData("!", "unable to parse requirement: found '', expected: identifier")]
    [InlineData("app=web,", "found '', expected: identifier after ','")]
    [InlineData("app==!", "unable to parse requirement: found '!', expected: identifier")]
    [InlineData("app near (x)", "unable to parse requirement: found 'near', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("!app=web", "found '=', expected: ',' or 'end of string'")]
    [InlineData("-bad=x", "unable to parse requirement: <nil>: Invalid value: \"-bad\": name part must consist of")]
    [InlineData("app in (web,b@d)", "unable to parse requirement: values[0][app]: Invalid value: \"b@d\": a valid label must be an empty string or consist of")]
    [InlineData("n>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    public void BadLabelSelectorsAreRefused(string text, string message)
    {
        var refusal = Assert.Throws<ApiException>(() => LabelSelector.Parse(text));
        Assert.Equal(400, refusal.Code);
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("matchLabels: {app: web}", true)]
    [InlineData("matchLabels: {app: web, tier: back}", false)]
    [InlineData("matchExpressions: [{key: app, operator: In, values: [web]}]", true)]
    [InlineData("matchExpressions: [{key: app, operator: NotIn, values: [web]}]", false)]
    [InlineData("matchExpressions: [{key: x, operator: DoesNotExist}, {key: app, operator: Exists}]", true)]
    public void JsonSelectorsMatch(string yaml, bool matches) =>
        Assert.Equal(matches, LabelSelector.FromJson(Json.Of(yaml)).Matches(Json.Node(Labels)!.AsObject()));

    [Theory]
    [InlineData("matchExpressions: [{key: app, operator: Near}]")]
    [InlineData("matchExpressions: [{key: app, operator: In}]")]
    [InlineData("matchExpressions: [{key: app, operator: Exists, values: [x]}]")]
    public void BadJsonSelectorsAreRefused(string yaml) => Assert.Equal(400, Assert.Throws<ApiException>(() => LabelSelector.FromJson(Json.Of(yaml))).Code);

    [Fact]
    public void SelectorsArePrintedAsTheyAreParsed()
    {
        const string text = "a=b,c!=d,e in (f,g),h notin (i,j),k,!l,m>1,n<2";
        Assert.Equal(text, LabelSelector.Parse(text).ToString());
    }

    [Theory]
    [InlineData("spec.nodeName=n1,status.phase!=Failed", true)]
    [InlineData("spec.nodeName==n1", true)]
    [InlineData("spec.nodeName!=n1", false)]
    [InlineData("absent=", true)]
    [InlineData("odd=a\\,b\\=c\\\\", true)]
    [InlineData("", true)]
    public void FieldSelectorsMatch(string text, bool matches)
    {
        var fields = new Dictionary<string, string> { ["spec.nodeName"] = "n1", ["status.phase"] = "Running", ["odd"] = "a,b=c\\" };
        Assert.Equal(matches, FieldSelector.Parse(text).Matches(fields.GetValueOrDefault));
    }

    [Theory]
    [InlineData("spec.nodeName")]
    [InlineData("a=b=c")]
    [InlineData("a=b\\x")]
    [InlineData("a=b\\")]
    public void BadFieldSelectorsAreRefused(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => FieldSelector.Parse(text)).Code);

    [Fact]
    public void ARequiredValueCanBeAskedFor()
    {
        Assert.Equal("n1", FieldSelector.Parse("a!=b,spec.nodeName=n1").RequiredValue("spec.nodeName"));
        Assert.Null(FieldSelector.Parse("spec.nodeName!=n1").RequiredValue("spec.nodeName"));
    }
}
