using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Client;

namespace Slipway.Controllers.Tests.Certificates;

public sealed class CertificateControllerTests : ControllersTest
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Node = "CN=system:node:n1, O=system:nodes";
    private const string Approval = """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"Test","message":"yes"}]}}""";

    private readonly TestAuthority _authority = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected override void Register(ControllerHost host) => CertificateController.Register(host, _authority.Sign);

    [Fact]
    public async Task An_approved_request_gets_its_certificate()
    {
        await CreateAsync("jane", SignerRules.Client, "CN=jane, O=devs", "client auth");
        await CreateAsync("later", SignerRules.Client, "CN=later", "client auth");
        await Cluster.PatchAsync($"{Requests}/jane/approval", Approval);
        var request = await Cluster.WaitAsync(Kinds.CertificateRequests, null, "jane", r => r is { IsIssued: true });
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(request!.Status!.Certificate!)));
        Assert.Equal("CN=jane, O=devs", certificate.Subject);
        Assert.Equal(["Approved"], request.Conditions.Select(c => c.Type));
        Assert.False((await Cluster.Admin.GetAsync(Kinds.CertificateRequests, null, "later"))!.IsIssued);
    }

    [Fact]
    public async Task What_its_signer_does_not_sign_has_failed()
    {
        await CreateAsync("bad", SignerRules.Client, "CN=jane", "client auth", "server auth");
        await CreateAsync("other", "example.com/signer", "CN=jane", "client auth");
        foreach (var name in (string[])["other", "bad"]) await Cluster.PatchAsync($"{Requests}/{name}/approval", Approval);
        var request = await Cluster.WaitAsync(Kinds.CertificateRequests, null, "bad", r => r!.Has("Failed"));
        Assert.Equal(("SignerValidationFailure", "invalid usage for client certificate: server auth"), (request!.Conditions[1].Reason, request.Conditions[1].Message));
        Assert.Equal(["Approved"], (await Cluster.Admin.GetAsync(Kinds.CertificateRequests, null, "other"))!.Conditions.Select(c => c.Type));
    }

    [Fact]
    public async Task A_node_that_may_gets_a_new_certificate_of_its_own()
    {
        await BindAsync("selfnodeclient", "system:nodes");
        await BindAsync("nodeclient", "bootstrappers");
        var request = Document("self", SignerRules.NodeClient, Node, "client auth", "digital signature");
        await Cluster.As("system:node:n1", "system:nodes").SendForBodyAsync(new("POST", Requests) { Body = request });
        await Cluster.As("system:node:n2", "system:nodes").SendForBodyAsync(new("POST", Requests) { Body = Document("other", SignerRules.NodeClient, Node, "client auth", "digital signature") });
        await Cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"system:node-bootstrapper"},"subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"bootstrappers"}]}""");
        await Cluster.As("new", "bootstrappers").SendForBodyAsync(new("POST", Requests) { Body = Document("new", SignerRules.NodeClient, Node, "client auth", "digital signature") });
        await ApprovedAsync("self", "Auto approving self kubelet client certificate after SubjectAccessReview.");
        await ApprovedAsync("new", "Auto approving kubelet client certificate after SubjectAccessReview.");
        Assert.Empty((await Cluster.Admin.GetAsync(Kinds.CertificateRequests, null, "other"))!.Conditions);
    }

    [Fact]
    public async Task Old_requests_are_removed()
    {
        await CreateAsync("pending", SignerRules.Client, "CN=jane", "client auth");
        await CreateAsync("signed", SignerRules.Client, "CN=jane", "client auth");
        await Cluster.PatchAsync($"{Requests}/signed/approval", Approval);
        await Cluster.WaitAsync(Kinds.CertificateRequests, null, "signed", r => r is { IsIssued: true });
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.CertificateRequests, null, "signed", r => r is null), TimeSpan.FromMinutes(1));
        Assert.NotNull(await Cluster.Admin.GetAsync(Kinds.CertificateRequests, null, "pending"));
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.CertificateRequests, null, "pending", r => r is null), TimeSpan.FromMinutes(10));
    }

    private async Task ApprovedAsync(string name, string message)
    {
        var request = await Cluster.WaitAsync(Kinds.CertificateRequests, null, name, r => r is { IsIssued: true });
        Assert.Equal(("AutoApproved", message), (request!.Conditions[0].Reason, request.Conditions[0].Message));
    }

    private Task BindAsync(string role, string group) => Cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        $$"""{"metadata":{"name":"{{role}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"system:certificates.k8s.io:certificatesigningrequests:{{role}}"},"subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"{{group}}"}]}""");

    private Task CreateAsync(string name, string signer, string subject, params string[] usages) =>
        Cluster.CreateAsync(Requests, Encoding.UTF8.GetString(Document(name, signer, subject, usages)));

    private static byte[] Document(string name, string signer, string subject, params string[] usages) => Encoding.UTF8.GetBytes(
        $$"""{"metadata":{"name":"{{name}}"},"spec":{"request":"{{TestAuthority.Request(subject)}}","signerName":"{{signer}}","usages":[{{string.Join(',', usages.Select(u => $"\"{u}\""))}}]} }""");
}
