using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Signs approved requests for certificates of Kubernetes' own signers, approves those that nodes make for themselves where they may,
/// and removes old ones (<see href="https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/"/>).
/// </summary>
internal sealed class CertificateController(Informer<CertificateRequestView> requests, CertificateSigner? signer, IApi api, TimeProvider clock) : IReconciler
{
    // Until a role lets a node have its certificate.
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(1);

    /// <summary>Adds it to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="signer">Signs with the key of the cluster's authority; without one, nothing is signed.</param>
    public static void Register(ControllerHost host, CertificateSigner? signer)
    {
        var requests = host.Informer(Kinds.CertificateRequests);
        host.Add("certificate", new CertificateController(requests, signer, host.Api, host.Clock)).For(requests);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (requests.Get(key) is not { Metadata.DeletionTimestamp: null } request)
            return Result.Done;
        var now = clock.GetUtcNow();
        var left = RequestLife.EndOf(request) - now.UtcDateTime;
        if (left <= TimeSpan.Zero)
        {
            await api.DeleteAsync(Kinds.CertificateRequests, null, key.Name, new() { Uid = request.Metadata.Uid }, cancellation);
            return Result.Done;
        }
        if (!request.IsIssued && !request.Has("Failed") && !request.Has("Denied") && SignerRules.IsOwn(request.Spec.SignerName) && AskedCertificate.Read(request.Spec.Request) is { } asked)
        {
            if (request.Has("Approved"))
                await SignAsync(request, asked, now, cancellation);
            else if (IsOfNode(request, asked) && !await ApproveAsync(request, asked, now, cancellation))
                return Result.After(left < Recheck ? left.Value : Recheck);
        }
        return new(left);
    }

    private static bool IsOfNode(CertificateRequestView request, AskedCertificate asked) =>
        request.Spec.SignerName == SignerRules.NodeClient && SignerRules.Fault(SignerRules.NodeClient, asked, request.Spec.Usages ?? []) is null;

    private async Task SignAsync(CertificateRequestView request, AskedCertificate asked, DateTimeOffset now, CancellationToken cancellation)
    {
        if (SignerRules.Fault(request.Spec.SignerName, asked, request.Spec.Usages ?? []) is { } fault)
        {
            var failed = new DatedCondition { Type = "Failed", Status = "True", Reason = "SignerValidationFailure", Message = fault, LastUpdateTime = now.UtcDateTime, LastTransitionTime = now.UtcDateTime };
            await WriteAsync(request, "status", With(request, failed), cancellation);
        }
        else if (signer is not null)
        {
            var terms = CertificateTerms.For(asked, request.Spec, now);
            var pem = signer(terms.Certificate, terms.From, terms.Until);
            await WriteAsync(request, "status", new JsonObject { ["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(pem)) }, cancellation);
        }
    }

    // Upstream's two kinds of approval: of a node for itself, and of whoever may ask for nodes, such as one that is new.
    private async Task<bool> ApproveAsync(CertificateRequestView request, AskedCertificate asked, DateTimeOffset now, CancellationToken cancellation)
    {
        var isSelf = request.Spec.Username == asked.CommonName;
        string message;
        if (isSelf && await MayAsync(request.Spec, "selfnodeclient", cancellation))
            message = "Auto approving self kubelet client certificate after SubjectAccessReview.";
        else if (await MayAsync(request.Spec, "nodeclient", cancellation))
            message = "Auto approving kubelet client certificate after SubjectAccessReview.";
        else
            return false;
        var approved = new DatedCondition { Type = "Approved", Status = "True", Reason = "AutoApproved", Message = message, LastUpdateTime = now.UtcDateTime, LastTransitionTime = now.UtcDateTime };
        await WriteAsync(request, "approval", With(request, approved), cancellation);
        return true;
    }

    private async Task<bool> MayAsync(CertificateRequestSpec spec, string subresource, CancellationToken cancellation)
    {
        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SubjectAccessReview",
            ["spec"] = new JsonObject
            {
                ["user"] = spec.Username,
                ["uid"] = spec.Uid,
                ["groups"] = new JsonArray([.. (spec.Groups ?? []).Select(group => (JsonNode)group)]),
                ["extra"] = spec.Extra?.DeepClone(),
                ["resourceAttributes"] = new JsonObject { ["group"] = "certificates.k8s.io", ["resource"] = "certificatesigningrequests", ["subresource"] = subresource, ["verb"] = "create" },
            },
        };
        var answer = await api.SendForBodyAsync(new("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews") { Body = Encoding.UTF8.GetBytes(review.ToJsonString()) }, cancellation);
        return (bool?)JsonNode.Parse(answer.Span)?["status"]?["allowed"] == true;
    }

    private static JsonObject With(CertificateRequestView request, DatedCondition condition) => new()
    {
        ["conditions"] = new JsonArray([.. request.Conditions.Append(condition).Select(c => JsonSerializer.SerializeToNode(c, Kinds.Set.Type<DatedCondition>()))]),
    };

    // Upon the request as it was read: what was decided meanwhile is decided on again.
    private async Task WriteAsync(CertificateRequestView request, string subresource, JsonObject status, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = request.Metadata.ResourceVersion }, ["status"] = status };
        await api.PatchAsync(Kinds.CertificateRequests, null, request.Metadata.Name, patch, subresource: subresource, cancellation: cancellation);
    }
}
