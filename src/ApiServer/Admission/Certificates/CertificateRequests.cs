using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Admission.Certificates;

/// <summary>
/// Who approves or signs a certificate request must be allowed to for its signer, and nobody becomes an administrator by a
/// certificate
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization"/>).
/// </summary>
internal sealed class CertificateRequests(Authorizer authorizer) : AdmissionPlugin
{
    private const string Group = "certificates.k8s.io";
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type is { Group: Group, Plural: "certificatesigningrequests" }
        && (subresource, operation) is ("approval", Operation.Update) or ("status", Operation.Update) or ("", Operation.Create);

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var why = request.Subresource switch
        {
            "approval" => IsAllowed(request, "approve") ? null : $"user not permitted to approve requests with signerName \"{SignerOf(request)}\"",
            "status" => !Signs(request) || IsAllowed(request, "sign") ? null : $"user not permitted to sign requests with signerName \"{SignerOf(request)}\"",
            _ => SubjectFault(request.Object!),
        };
        return why is null ? ValueTask.CompletedTask : throw request.Forbidden(why);
    }

    /// <summary>Why a request asks for more than a certificate may give; null when it does not.</summary>
    public static string? SubjectFault(JsonObject document)
    {
        var spec = document.Object("spec") ?? [];
        if (spec.Text("signerName") != ClientSigner) return null;
        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(spec.Text("request") ?? ""));
            var asked = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation, RSASignaturePadding.Pkcs1);
            return DistinguishedNames.ValuesOf(asked.SubjectName, DistinguishedNames.Organization).Contains(UserInfo.Masters) ? $"use of {ClientSigner} signer with {UserInfo.Masters} group is not allowed" : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException or AsnContentException)
        {
            return $"failed to parse CSR: {e.Message}";
        }
    }

    private bool IsAllowed(AdmissionRequest request, string verb)
    {
        var signer = SignerOf(request);
        return Asks(signer) || Asks($"{signer.Split('/')[0]}/*");

        bool Asks(string name) => authorizer.Decide(new AccessRequest(request.User, verb) { Group = Group, Resource = "signers", Name = name }).IsAllowed;
    }

    private static bool Signs(AdmissionRequest request)
    {
        var (old, updated) = (request.OldObject?.Object("status"), request.Object?.Object("status"));
        return !JsonNode.DeepEquals(old?["certificate"], updated?["certificate"]) || !JsonNode.DeepEquals(old?["conditions"], updated?["conditions"]);
    }

    private static string SignerOf(AdmissionRequest request) => request.OldObject?.Object("spec")?.Text("signerName") ?? "";
}
