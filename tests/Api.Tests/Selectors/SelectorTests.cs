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
    [InlineData("app=web=x")]
    [InlineData("app in web")]
    [InlineData("app in (web")]
    [InlineData("=web")]
    [InlineData("app=web,")]
    [InlineData("-bad=x")]
    [InlineData("app=b@d")]
    [InlineData("n>x")]
    [InlineData("app near (x)")]
    [InlineData("!app=web")]
    public void BadLabelSelectorsAreRefused(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => LabelSelector.Parse(text)).Code);

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
