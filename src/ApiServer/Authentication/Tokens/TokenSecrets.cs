using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// Puts a token into a Secret of the type <c>kubernetes.io/service-account-token</c> when it is created, for a service account
/// that exists. Such a token does not expire: it is good for as long as the Secret
/// (<see href="https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets"/>).
/// </summary>
internal sealed class TokenSecrets(ServiceAccountTokens tokens, BoundObjects objects, TokenOptions options) : AdmissionPlugin
{
    private const string Type = "kubernetes.io/service-account-token";
    private const string AccountName = "kubernetes.io/service-account.name";
    private const string AccountUid = "kubernetes.io/service-account.uid";

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => IsCore(type, "secrets") && operation == Operation.Create;

    public override async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var secret = request.Object!;
        // The token names its Secret, so one whose name has yet to be generated gets none.
        if (secret.Text("type") != Type || request.Name.Length == 0 || secret.Annotations?.Text(AccountName) is not { Length: > 0 } name) return;
        if (await objects.FindAsync("serviceaccounts", request.Namespace, name, "", cancellation) is not { } account) return;
        var uid = BoundObjects.UidOf(account);
        secret.Annotations![AccountUid] ??= uid;
        var data = secret.ObjectOrNew("data");
        if (options.RootCertificate is { } root) data["ca.crt"] ??= Encoded(root);
        data["namespace"] ??= Encoded(request.Namespace);
        if (request.DryRun || secret.Annotations!.Text(AccountUid) != uid) return;
        data["token"] ??= Encoded(tokens.Issue(new TokenClaims
        {
            Issuer = TokenClaims.LegacyIssuer,
            Namespace = request.Namespace,
            ServiceAccount = new(name, uid),
            Secret = new(request.Name, ""),
        }));
    }

    private static JsonNode Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
