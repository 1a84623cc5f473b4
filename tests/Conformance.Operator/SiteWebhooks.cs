using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Slipway.Conformance.Operator;

/// <summary>Serves both webhooks over HTTPS on loopback, with an authority of its own, until disposed.</summary>
internal sealed class SiteWebhooks : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly byte[] _authority;

    private SiteWebhooks(WebApplication host, byte[] authority) => (_host, _authority) = (host, authority);

    public static async Task<SiteWebhooks> StartAsync(TimeProvider clock, CancellationToken cancellation)
    {
        var (authority, certificate) = Certificates(clock.GetUtcNow());
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var host = builder.Build();
        host.Run(AnswerAsync);
        await host.StartAsync(cancellation);
        return new(host, Encoding.ASCII.GetBytes(authority));
    }

    /// <summary>Registers the webhooks, in place of those of an earlier process.</summary>
    public async Task RegisterAsync(IKubernetes client, CancellationToken cancellation)
    {
        var mutating = new V1MutatingWebhookConfiguration
        {
            ApiVersion = "admissionregistration.k8s.io/v1",
            Kind = "MutatingWebhookConfiguration",
            Metadata = new() { Name = "sites" },
            Webhooks =
            [
                new()
                {
                    Name = $"mutate.{Site.Group}", ClientConfig = Config("mutate"), Rules = Rules, SideEffects = "None", AdmissionReviewVersions = ["v1"], FailurePolicy = "Fail", TimeoutSeconds = 5,
                },
            ],
        };
        var validating = new V1ValidatingWebhookConfiguration
        {
            ApiVersion = "admissionregistration.k8s.io/v1",
            Kind = "ValidatingWebhookConfiguration",
            Metadata = new() { Name = "sites" },
            Webhooks =
            [
                new()
                {
                    Name = $"validate.{Site.Group}", ClientConfig = Config("validate"), Rules = Rules, SideEffects = "None", AdmissionReviewVersions = ["v1"], FailurePolicy = "Fail", TimeoutSeconds = 5,
                },
            ],
        };
        await client.AdmissionregistrationV1.PatchMutatingWebhookConfigurationAsync(
            new V1Patch(mutating, V1Patch.PatchType.ApplyPatch), "sites", fieldManager: SiteController.Manager, force: true, cancellationToken: cancellation);
        await client.AdmissionregistrationV1.PatchValidatingWebhookConfigurationAsync(
            new V1Patch(validating, V1Patch.PatchType.ApplyPatch), "sites", fieldManager: SiteController.Manager, force: true, cancellationToken: cancellation);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static IList<V1RuleWithOperations> Rules =>
        [new() { ApiGroups = [Site.Group], ApiVersions = [Site.Version], Resources = [Site.Plural], Operations = ["CREATE", "UPDATE"], Scope = "Namespaced" }];

    private Admissionregistrationv1WebhookClientConfig Config(string path) => new() { Url = $"{_host.Urls.Single()}/{path}", CaBundle = _authority };

    private static async Task AnswerAsync(HttpContext context)
    {
        var review = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
        var request = review["request"]!.AsObject();
        var response = context.Request.Path == "/mutate" ? SiteReview.Mutate(request) : SiteReview.Validate(request);
        response["uid"] = (string)request["uid"]!;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            new JsonObject { ["apiVersion"] = (string)review["apiVersion"]!, ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString(), context.RequestAborted);
    }

    // An authority that nobody else trusts, and the server's certificate from it.
    private static (string Authority, X509Certificate2 Certificate) Certificates(DateTimeOffset now)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=sites-ca", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = authorityRequest.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=sites", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, now.AddMinutes(-5), now.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return (authority.ExportCertificatePem(), issued.CopyWithPrivateKey(key));
    }
}
