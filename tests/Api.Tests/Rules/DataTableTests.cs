namespace Slipway.Api.Tests.Rules;

/// <summary>Config maps and secrets, with what Kubernetes' own validation says of them.</summary>
public sealed class DataTableTests
{
    private static readonly RuleTable Maps = new("", "ConfigMap", "data: {key: value}\nbinaryData: {bin: dmFsdWU=}");

    private static readonly RuleTable Secrets = new("", "Secret", "type: Opaque\ndata: {key: YmFy}");

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: null}", "metadata.name: Required value: name or generateName is required")]
    [InlineData("metadata: {name: NoUppercase!@#$}", "metadata.name: Invalid value: \"NoUppercase!@#$\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {namespace: null}", "metadata.namespace: Required value")]
    [InlineData("metadata: {namespace: Upper}", "metadata.namespace: Invalid value: \"Upper\": a lowercase RFC 1123 label")]
    [InlineData("data: {a..b: x, a-b_c.D: x, '1': x, .hidden: x}", "")]
    [InlineData("data: {'a*b': x}", "data[a*b]: Invalid value: \"a*b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.'")]
    [InlineData("data: {..: x}", "data[..]: Invalid value: \"..\": must not be '..'")]
    [InlineData("data: {.: x}", "data[.]: Invalid value: \".\": must not be '.'")]
    [InlineData("data: {..a: x}", "data[..a]: Invalid value: \"..a\": must not start with '..'")]
    [InlineData("binaryData: {'a b': eA==}", "binaryData[a b]: Invalid value: \"a b\": a valid config key must consist of")]
    [InlineData("data: {bin: x}", "data[bin]: Invalid value: \"bin\": duplicate of key present in binaryData")]
    [InlineData("metadata: {ownerReferences: [{apiVersion: v1, kind: Pod, name: p}]}", "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty")]
    [InlineData("metadata: {ownerReferences: [{apiVersion: v1, kind: Event, name: p, uid: u}]}", "metadata.ownerReferences[0]: Invalid value:")]
    [InlineData("metadata: {ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u, controller: true}, {apiVersion: v1, kind: Pod, name: q, uid: v, controller: true}]}", "metadata.ownerReferences: Invalid value:")]
    [InlineData("metadata: {finalizers: [orphan, foregroundDeletion]}", "metadata.finalizers: Invalid value:")]
    [InlineData("metadata: {labels: {a/b/c: d}}", "metadata.labels: Invalid value: \"a/b/c\": a qualified name must consist of")]
    [InlineData("metadata: {labels: {-a: d}}", "metadata.labels: Invalid value: \"-a\": name part must consist of alphanumeric characters")]
    [InlineData("metadata: {labels: {/a: d}}", "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty")]
    [InlineData("metadata: {labels: {Upper/a: d}}", "metadata.labels: Invalid value: \"Upper/a\": prefix part a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {labels: {a: -b}}", "metadata.labels: Invalid value: \"-b\": a valid label must be an empty string or consist of")]
    public void ConfigMaps(string change, string expected) => Maps.Check(change, expected);

    [Fact]
    public void SizesAreLimited()
    {
        Maps.Check($"data: {{key: {new string('x', 1024 * 1024)}}}", "[]: Too long: may not be more than 1048576 bytes");
        Secrets.Check($"stringData: {{key: {new string('x', 1024 * 1024 + 1)}}}", "data: Too long: may not be more than 1048576 bytes");
        Maps.Check($"metadata: {{labels: {{a: {new string('x', 64)}}}}}", "metadata.labels: Invalid value: \"xxxx");
        Maps.Check($"metadata: {{annotations: {{a: {new string('x', 262144)}}}}}", "metadata.annotations: Too long: may not be more than 262144 bytes");
        Maps.Check($"metadata: {{name: {new string('x', 254)}}}", "metadata.name: Invalid value: \"xxxx");
    }

    [Theory]
    [InlineData("immutable: true", "data: {key: other}", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("immutable: true", "binaryData: {bin: eA==}", "binaryData: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("immutable: true", "immutable: null", "immutable: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("immutable: false", "data: {key: other}\nimmutable: true", "")]
    public void UpdatesOfConfigMaps(string before, string after, string expected) => Maps.CheckUpdate(before, after, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("data: {'a b': YmFy}", "data[a b]: Invalid value: \"a b\": a valid config key must consist of")]
    [InlineData("type: kubernetes.io/service-account-token", "metadata.annotations[kubernetes.io/service-account.name]: Required value")]
    [InlineData("metadata: {annotations: {kubernetes.io/service-account.name: a}}\ntype: kubernetes.io/service-account-token", "")]
    [InlineData("type: kubernetes.io/dockercfg", "data[.dockercfg]: Required value")]
    [InlineData("type: kubernetes.io/dockercfg\ndata: {.dockercfg: e30=}", "")]
    [InlineData("type: kubernetes.io/dockercfg\ndata: {.dockercfg: YmFk}", "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": ")]
    [InlineData("type: kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]: Required value")]
    [InlineData("type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: e30=}", "")]
    [InlineData("type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: WzFd}", "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": ")]
    [InlineData("type: kubernetes.io/basic-auth", "data[username]: Required value\ndata[password]: Required value")]
    [InlineData("type: kubernetes.io/basic-auth\ndata: {username: ''}", "")]
    [InlineData("type: kubernetes.io/basic-auth\ndata: {password: eA==}", "")]
    [InlineData("type: kubernetes.io/ssh-auth", "data[ssh-privatekey]: Required value")]
    [InlineData("type: kubernetes.io/ssh-auth\ndata: {ssh-privatekey: ''}", "data[ssh-privatekey]: Required value")]
    [InlineData("type: kubernetes.io/ssh-auth\ndata: {ssh-privatekey: eA==}", "")]
    [InlineData("type: kubernetes.io/tls", "data[tls.crt]: Required value\ndata[tls.key]: Required value")]
    [InlineData("type: kubernetes.io/tls\ndata: {tls.crt: '', tls.key: ''}", "")]
    [InlineData("type: example.com/own", "")]
    public void SecretsOfEachType(string change, string expected) => Secrets.Check(change, expected);

    [Theory]
    [InlineData("", "type: other", "type: Invalid value: \"other\": field is immutable")]
    [InlineData("", "data: {key: eA==}", "")]
    [InlineData("immutable: true", "stringData: {key: other}", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("immutable: true", "immutable: false", "immutable: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("immutable: true", "metadata: {labels: {a: b}}", "")]
    public void UpdatesOfSecrets(string before, string after, string expected) => Secrets.CheckUpdate(before, after, expected);
}
