using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>The libraries that Kubernetes adds, each as a table: an expression, checked and evaluated, and its value.</summary>
public class KubernetesLibraryTests
{
    private static string Value(string text)
    {
        try
        {
            return CelEnvironment.Kubernetes.Compile(text).Evaluate(new Dictionary<string, CelValue>()).Value.ToString();
        }
        catch (CelCompileException e)
        {
            return e.Issues[0].Message;
        }
    }

    [Theory]
    [InlineData("[1, 2, 2].isSorted()", "true")]
    [InlineData("[2, 1].isSorted()", "false")]
    [InlineData("['a', 'b'].isSorted()", "true")]
    [InlineData("[[1], [2]].isSorted()", "found no matching overload for 'isSorted' applied to 'list(list(int)).()'")]
    [InlineData("[1, 2, 3].sum()", "6")]
    [InlineData("[1.5, 2.5].sum()", "4")]
    [InlineData("[duration('1m'), duration('1s')].sum()", "duration(\"61s\")")]
    [InlineData("[1].filter(i, i > 1).sum()", "0")]
    [InlineData("[9223372036854775807, 1].sum()", "error(integer overflow)")]
    [InlineData("[3, 1, 2].min()", "1")]
    [InlineData("['b', 'c', 'a'].max()", "\"c\"")]
    [InlineData("[1].filter(i, i > 1).max()", "error(max called on empty list)")]
    [InlineData("['a', 'b', 'b'].indexOf('b')", "1")]
    [InlineData("['a', 'b', 'b'].lastIndexOf('b')", "2")]
    [InlineData("[1].indexOf(2)", "-1")]
    [InlineData("[1, 2, 3, 4].slice(1, 3)", "[2, 3]")]
    [InlineData("[1, 2].slice(2, 2)", "[]")]
    [InlineData("[1, 2].slice(0, 3)", "error(cannot slice(0, 3), list is length 2)")]
    [InlineData("[1, 2].slice(2, 1)", "error(cannot slice(2, 1), start index must be less than or equal to end index)")]
    [InlineData("[1, 2].slice(-1, 1)", "error(cannot slice(-1, 1), negative indexes not supported)")]
    [InlineData("[[1], [2, 3], []].flatten()", "[1, 2, 3]")]
    [InlineData("[[[1]], [[2], [3]]].flatten()", "[[1], [2], [3]]")]
    [InlineData("[[[1]], [[2], [3]]].flatten(2)", "[1, 2, 3]")]
    [InlineData("[[1]].flatten(0)", "[[1]]")]
    [InlineData("[[1]].flatten(-1)", "error(level must be non-negative)")]
    [InlineData("[1].flatten()", "found no matching overload for 'flatten' applied to 'list(int).()'")]
    [InlineData("lists.range(4)", "[0, 1, 2, 3]")]
    [InlineData("lists.range(-1)", "[]")]
    [InlineData("lists.range(9223372036854775807)", "error(operation cancelled: actual cost limit exceeded)")]
    [InlineData("[1, 2, 3].reverse()", "[3, 2, 1]")]
    [InlineData("[1, 2, 1, 2].distinct()", "[1, 2]")]
    [InlineData("[[1], [1], [2]].distinct()", "[[1], [2]]")]
    [InlineData("[3, 1, 2].sort()", "[1, 2, 3]")]
    [InlineData("['b', 'a'].sort()", "[\"a\", \"b\"]")]
    [InlineData("[duration('1m'), duration('1s')].sort()[0] == duration('1s')", "true")]
    [InlineData("[2.0, 0.0 / 0.0, 1.0, 0.0 / 0.0, 0.5].sort().slice(2, 5)", "[0.5, 1, 2]")]
    [InlineData("[dyn(1), dyn('a')].sort()", "error(list elements must have the same type)")]
    [InlineData("[dyn([1]), dyn([2])].sort()", "error(list elements must be comparable)")]
    [InlineData("[[1], [2]].sort()", "found no matching overload for 'sort' applied to 'list(list(int)).()'")]
    [InlineData("['ccc', 'a', 'bb'].sortBy(e, e.size())", "[\"a\", \"bb\", \"ccc\"]")]
    [InlineData("[[2, 1], [4, 3], [0]].sortBy(e, e.sortBy(f, -f)[0]).map(e, e[0])", "[0, 2, 4]")]
    [InlineData("[1].sortBy(e, [e])", "found no matching overload for '@sortByAssociatedKeys' applied to 'list(int).(list(list(int)))'")]
    [InlineData("'abc'.sortBy(e, e)", "Syntax error: sortBy can only be applied to a list, identifier, comprehension, call or select expression")]
    [InlineData("[1, 2].first().value() + [1, 2].last().value()", "3")]
    [InlineData("[1].filter(i, i > 1).first().hasValue()", "false")]
    [InlineData("[1].filter(i, i > 1).last().hasValue()", "false")]
    public void Lists(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("cel.bind(a, 1, a)", "undeclared reference to 'cel' (in container '')")]
    [InlineData("'abc'.reverse()", "found no matching overload for 'reverse' applied to 'string.()'")]
    [InlineData("math.greatest(1, 2)", "undeclared reference to 'math' (in container '')")]
    [InlineData("base64.encode(b'a')", "undeclared reference to 'base64' (in container '')")]
    [InlineData("[1].includes(1)", "undeclared reference to 'includes' (in container '')")]
    [InlineData("quantity('1').sign()", "found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'")]
    [InlineData("duration('a day')", "invalid duration argument")]
    [InlineData("timestamp('yesterday')", "invalid timestamp argument")]
    [InlineData("'a'.matches('[')", "invalid matches argument")]
    public void What_Kubernetes_refuses_is_refused(string text, string issue) => Assert.Equal(issue, Value(text));

    [Theory]
    [InlineData("cel.bind(a, 1, a)", "1")]
    [InlineData("'abc'.reverse()", "\"cba\"")]
    [InlineData("math.greatest(1, 2)", "2")]
    [InlineData("'a'.matches('[') || true", "true")]
    public void Flows_have_more(string text, string value) =>
        Assert.Equal(value, CelEnvironment.Everything.Compile(text).Evaluate(new Dictionary<string, CelValue>()).Value.ToString());

    [Fact]
    public void The_functions_are_those_of_Kubernetes()
    {
        var functions = CelLibraries.Kubernetes.Select(o => o.IsMember
            ? $"<{o.Parameters[0]}>.{o.Function}({string.Join(", ", o.Parameters.Skip(1))}) -> {o.Result}"
            : $"{o.Function}({string.Join(", ", o.Parameters)}) -> {o.Result}");
        var known = File.ReadLines(SpecificationCases.FileOf("kubernetes-functions.txt")).Where(l => !l.StartsWith('#'));
        Assert.Equal(known, functions.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("'abc 123'.find('[0-9]+')", "\"123\"")]
    [InlineData("'abc'.find('[0-9]+')", "\"\"")]
    [InlineData("'123 abc 456'.findAll('[0-9]+')", "[\"123\", \"456\"]")]
    [InlineData("'123 abc 456'.findAll('[0-9]+', 1)", "[\"123\"]")]
    [InlineData("'123'.findAll('[0-9]', 0)", "[]")]
    [InlineData("'a'.matches('(a{1000}){2}' + '')", "error(error parsing regexp: invalid repeat count)")]
    [InlineData("'a'.matches('a{1001}' + '')", "error(error parsing regexp: invalid repeat count)")]
    [InlineData(@"'Ä'.matches(r'^\pL$')", "true")]
    public void Regular_expressions(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("url('https://user@example.com:80/p%20q/r?k=a&k=b&l=#').getHost()", "\"example.com:80\"")]
    [InlineData("url('https://example.com:80/').getHostname()", "\"example.com\"")]
    [InlineData("url('https://[::1]:80/').getHostname()", "\"::1\"")]
    [InlineData("url('https://[::1]:80/').getPort()", "\"80\"")]
    [InlineData("url('https://example.com/').getPort()", "\"\"")]
    [InlineData("url('HTTPS://example.com/').getScheme()", "\"https\"")]
    [InlineData("url('/path').getScheme()", "\"\"")]
    [InlineData("url('https://example.com/with space/').getEscapedPath()", "\"/with%20space/\"")]
    [InlineData("url('https://example.com/a%20b').getEscapedPath()", "\"/a%20b\"")]
    [InlineData("url('https://example.com/p?k=a&k=b%20c&l=d').getQuery()['k']", "[\"a\", \"b c\"]")]
    [InlineData("isURL('https://example.com')", "true")]
    [InlineData("isURL('../relative')", "false")]
    [InlineData("isURL('https://a:80:80/')", "false")]
    [InlineData("isURL('https://a b/')", "false")]
    [InlineData("isURL('http://#%blah$#@')", "false")]
    [InlineData("isURL('http://a b@h/')", "false")]
    [InlineData("isURL('http://u%zz@h/')", "false")]
    [InlineData("isURL('http://u:p%40@h/')", "true")]
    [InlineData("url('http://[fe80::1%25en0]/').getHostname()", "\"fe80::1%en0\"")]
    [InlineData("url('http://a%20b/').getHost()", "error(URL parse error during conversion from string: parse \"http://a%20b/\": invalid URI for request)")]
    [InlineData("url('https://a/') == url('https://a/')", "true")]
    public void Urls(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("ip('192.168.0.1').family()", "4")]
    [InlineData("ip('::1').family()", "6")]
    [InlineData("isIP('192.168.0.01')", "false")]
    [InlineData("isIP('192.168.0')", "false")]
    [InlineData("isIP('::ffff:1.2.3.4')", "false")]
    [InlineData("isIP('fe80::1%eth0')", "false")]
    [InlineData("ip.isCanonical('2001:db8::abcd')", "true")]
    [InlineData("ip.isCanonical('2001:DB8:0:0::ABCD')", "false")]
    [InlineData("string(ip('2001:DB8:0:0:1:0:0:1'))", "\"2001:db8::1:0:0:1\"")]
    [InlineData("ip('127.0.0.2').isLoopback() && ip('::1').isLoopback() && !ip('1.1.1.1').isLoopback()", "true")]
    [InlineData("ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified()", "true")]
    [InlineData("ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()", "true")]
    [InlineData("ip('169.254.1.1').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()", "true")]
    [InlineData("ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()", "true")]
    [InlineData("ip('::1') == ip('0:0::1')", "true")]
    [InlineData("ip('x')", "error(IP Address 'x' parse error during conversion from string: ParseAddr(\"x\"): unable to parse IP)")]
    [InlineData("cidr('192.168.0.0/24').containsIP(ip('192.168.0.7'))", "true")]
    [InlineData("cidr('192.168.0.0/24').containsIP('192.168.1.7')", "false")]
    [InlineData("cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24')", "true")]
    [InlineData("cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.0/16'))", "false")]
    [InlineData("cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')", "true")]
    [InlineData("cidr('192.168.0.1/24').ip() == ip('192.168.0.1')", "true")]
    [InlineData("cidr('::1/128').prefixLength()", "128")]
    [InlineData("string(cidr('2001:db8::/32'))", "\"2001:db8::/32\"")]
    [InlineData("isCIDR('192.168.0.0/33') || isCIDR('192.168.0.0') || isCIDR('192.168.0.0/024')", "false")]
    [InlineData("type(ip('::1')) == net.IP", "true")]
    public void Addresses(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("quantity('1.5Gi').asInteger()", "1610612736")]
    [InlineData("quantity('50k').isInteger() && !quantity('0.5').isInteger()", "true")]
    [InlineData("quantity('0.5').asInteger()", "error(cannot convert value to integer)")]
    [InlineData("quantity('50.703k').asApproximateFloat()", "50703")]
    [InlineData("quantity('1Mi').isGreaterThan(quantity('1M')) && quantity('1k').isLessThan(quantity('1Ki'))", "true")]
    [InlineData("quantity('1k').compareTo(quantity('1000'))", "0")]
    [InlineData("quantity('1k') == quantity('1000')", "true")]
    [InlineData("quantity('1k').add(quantity('1')) == quantity('1001') && quantity('1k').sub(1) == quantity('999')", "true")]
    [InlineData("sign(quantity('-1'))", "-1")]
    [InlineData("isQuantity('1.3Gi') && !isQuantity('1.3GiB')", "true")]
    public void Quantities(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("semver('1.2.3').major() + semver('1.2.3').minor() + semver('1.2.3').patch()", "6")]
    [InlineData("isSemver('1.2') || isSemver('v1.2.3') || isSemver('01.2.3')", "false")]
    [InlineData("isSemver('v1.2', true)", "true")]
    [InlineData("semver('v1', true) == semver('1.0.0')", "true")]
    [InlineData("semver('1.0.0-alpha.2').isLessThan(semver('1.0.0-alpha.10')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))", "true")]
    [InlineData("semver('1.0.0+a').compareTo(semver('1.0.0+b'))", "0")]
    [InlineData("semver('2.0.0').isGreaterThan(semver('1.9.9'))", "true")]
    public void Versions(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("format.dns1123Label().validate('my-name').hasValue()", "false")]
    [InlineData("format.dns1123Label().validate('My_Name').value().size()", "1")]
    [InlineData("format.named('dns1123Subdomain').value().validate('a.b').hasValue()", "false")]
    [InlineData("format.named('unknown').hasValue()", "false")]
    [InlineData("format.dns1123LabelPrefix().validate('a-').hasValue()", "false")]
    [InlineData("format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", "false")]
    [InlineData("format.date().validate('2020-02-30').hasValue()", "true")]
    [InlineData("format.labelValue().validate('').hasValue()", "false")]
    public void Formats(string text, string value) => Assert.Equal(value, Value(text));

    [Theory]
    [InlineData("sets.contains([1, 2, 3], [3, 1])", "true")]
    [InlineData("sets.equivalent([1, 2, 2], [2, 1])", "true")]
    [InlineData("sets.intersects([1], [2])", "false")]
    [InlineData("[1, 2, 3].transformList(i, v, i > 0, v * 10)", "[20, 30]")]
    [InlineData("{'a': 1}.transformMap(k, v, v + 1)['a']", "2")]
    [InlineData("{'a': 'b'}.transformMapEntry(k, v, {v: k})['b']", "\"a\"")]
    [InlineData("{'a': 1, 'b': 2}.exists(k, v, k == 'b' && v == 2)", "true")]
    [InlineData("[1, 'a']", "expected type 'int' but found 'string'")]
    [InlineData("1 < 1.5 && 1u < 2 && 2.5 > 2u", "true")]
    [InlineData("math.abs(-1)", "undeclared reference to 'math' (in container '')")]
    public void Sets_macros_and_literals(string text, string value) => Assert.Equal(value, Value(text));

    private sealed class OnlyPodsOf(string name) : ICelAuthorizer
    {
        public CelAuthorizationDecision Decide(CelAuthorizationQuery query) => query switch
        {
            { Verb: "fail" } => new(false, Error: "no answer"),
            { ServiceAccount: var (space, account) } when account == name => new(true, $"{space} may"),
            { Path: "/healthz", Verb: "get" } => new(true),
            { Group: "", Resource: "pods", Subresource: "log", Namespace: "default", Name: "p", Verb: "get", LabelSelector: "a=b" } => new(true),
            { Group: "apps", Resource: "deployments", Verb: "update" } => new(true, "the resource of the request"),
            _ => new(false, "no rule"),
        };
    }

    [Theory]
    [InlineData("authorizer.path('/healthz').check('get').allowed()", "true")]
    [InlineData("authorizer.path('/metrics').check('get').reason()", "\"no rule\"")]
    [InlineData("authorizer.group('').resource('pods').subresource('log').namespace('default').name('p').labelSelector('a=b').check('get').allowed()", "true")]
    [InlineData("authorizer.group('').resource('pods').check('get').allowed()", "false")]
    [InlineData("authorizer.serviceAccount('default', 'sa').group('x').resource('y').check('get').reason()", "\"default may\"")]
    [InlineData("authorizer.requestResource.check('update').allowed()", "true")]
    [InlineData("authorizer.path('/a').check('fail').errored() && authorizer.path('/a').check('fail').error() == 'no answer'", "true")]
    public void Authorization(string text, string value)
    {
        var environment = CelEnvironment.Kubernetes.With(new CelVariable("authorizer", CelAuthorizer.Type), new CelVariable("authorizer.requestResource", CelAuthorizer.ResourceCheckType));
        var authorizer = new OnlyPodsOf("sa");
        var result = environment.Compile(text, text.Contains("reason", StringComparison.Ordinal) ? CelType.String : CelType.Bool).Evaluate(new Dictionary<string, CelValue>
        {
            ["authorizer"] = CelAuthorizer.Of(authorizer),
            ["authorizer.requestResource"] = CelAuthorizer.ResourceOf(authorizer, new CelAuthorizationQuery { Group = "apps", Resource = "deployments" }),
        });
        Assert.Equal(value, result.Value.ToString());
        Assert.True(result.Cost >= 350_000);
    }

    [Fact]
    public void An_expression_reads_a_document_of_any_shape()
    {
        var environment = CelEnvironment.Kubernetes.With(new CelVariable("object", CelType.Dyn), new CelVariable("oldObject", CelType.Dyn));
        var program = environment.Compile("object.metadata.name == 'p' && !has(object.metadata.labels) && object.?spec.?replicas.orValue(1) == 3 && oldObject == null", CelType.Bool);
        Assert.Equal(["object", "oldObject"], program.Variables.Order());
        var document = JsonNode.Parse("""{"metadata":{"name":"p"},"spec":{"replicas":3}}""");
        Assert.Equal(CelBool.True, program.Evaluate(new Dictionary<string, CelValue> { ["object"] = CelJson.ToCel(document), ["oldObject"] = CelNull.Instance }).Value);
        Assert.Equal("error(no such attribute: object)", program.Evaluate(new Dictionary<string, CelValue>()).Value.ToString());
        Assert.Contains("must evaluate to bool", Assert.Throws<CelCompileException>(() => environment.Compile("1", CelType.Bool)).Message, StringComparison.Ordinal);
    }
}
