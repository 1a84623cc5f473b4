using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission.Accounts;

/// <summary>Gives pods a service account and what comes with it. The account must exist; the default one may take a moment to be made.</summary>
internal sealed class ServiceAccounts(CacheFeed feed, Identities identities, bool mountTokens, TimeProvider clock) : AdmissionPlugin
{
    private const int Attempts = 10;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(150);
    private readonly PolicyObjects<AccountView> _accounts = new(feed, "", "serviceaccounts", AccountView.Read);

    public override string Name => "ServiceAccount";

    public override bool Mutates => true;

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "pods") && subresource.Length == 0 && operation == Operation.Create;

    public override async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var pod = request.Object!;
        if (AccountRules.IsMirror(pod)) return;
        var account = await FindAsync(request, AccountRules.NameOf(pod), cancellation);
        AccountRules.Complete(pod, account, mountTokens ? () => identities.NewName(AccountRules.TokenVolume) : null);
    }

    public override async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var pod = request.Object!;
        if (AccountRules.IsMirror(pod))
        {
            if (AccountRules.MirrorFault(pod) is { } fault) throw request.Forbidden(fault);
            return;
        }
        if (pod.Object("spec")?.Text("serviceAccountName") is not { Length: > 0 } name) throw request.Forbidden("no service account specified for pod");
        if (AccountRules.SecretsFault(pod, await FindAsync(request, name, cancellation)) is { } why) throw request.Forbidden(why);
    }

    private async ValueTask<AccountView> FindAsync(AdmissionRequest request, string name, CancellationToken cancellation)
    {
        if (_accounts.Find(request.Namespace, name) is { } known) return known;
        var attempts = name == AccountRules.Default ? Attempts : 1;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            if (attempt > 0) await Task.Delay(RetryInterval, clock, cancellation);
            await feed.WaitUntilFreshAsync(cancellation);
            if (_accounts.Find(request.Namespace, name) is { } found) return found;
        }
        throw request.Forbidden($"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found");
    }
}
