using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using Slipway.Conformance.Operator;

// An operator as people write them: it brings its kind, two webhooks and a controller, of which the one that leads works.
// Argument: who this candidate is. The cluster is KUBECONFIG's; it works until it is killed.
var (identity, clock) = (args[0], TimeProvider.System);
using var client = new Kubernetes(KubernetesClientConfiguration.BuildDefaultConfig());
await using var webhooks = await SiteWebhooks.StartAsync(clock, CancellationToken.None);
using var elector = new LeaderElector(new LeaderElectionConfig(new LeaseLock(client, "default", "sites", identity))
{
    LeaseDuration = TimeSpan.FromSeconds(2),
    RenewDeadline = TimeSpan.FromSeconds(1.5),
    RetryPeriod = TimeSpan.FromSeconds(0.2),
});
var led = new TaskCompletionSource();
elector.OnStartedLeading += () => led.TrySetResult();
var leading = elector.RunUntilLeadershipLostAsync(CancellationToken.None);
if (await Task.WhenAny(leading, led.Task) == leading) await leading;

await SiteDefinition.InstallAsync(client, CancellationToken.None);
await webhooks.RegisterAsync(client, CancellationToken.None);
Console.WriteLine($"{identity} leads");
// Whoever leads no more ends: what it knows may be old.
await Task.WhenAny(leading, new SiteController(client, clock).WorkAsync(CancellationToken.None));
