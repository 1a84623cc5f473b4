using System.CommandLine;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary>The options that say at which ports ingresses are served.</summary>
internal sealed class IngressPortOptions
{
    public Option<int?> Http { get; } = new("--ingress-http-port") { Description = "TCP port at which ingresses are served, from the first one on; by default 80", HelpName = "PORT" };

    public Option<int?> Https { get; } = new("--ingress-https-port") { Description = "The same for ingresses with TLS; by default 443", HelpName = "PORT" };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { Http, Https })
        {
            command.Options.Add(option);
            option.Validators.Add(result => ClusterOptions.CheckPort(option.Name, result));
        }
        command.Validators.Add(result =>
        {
            if (result.GetResult(Http)?.Tokens is [var http] && result.GetResult(Https)?.Tokens is [var https] && http.Value == https.Value) result.AddError($"{Http.Name} and {Https.Name} are both {http.Value}; give two ports.");
        });
    }

    /// <summary>What was asked for; null: nothing.</summary>
    public ClusterIngress? Wish(ParseResult parsed)
    {
        var wish = new ClusterIngress { HttpPort = parsed.GetValue(Http), HttpsPort = parsed.GetValue(Https) };
        return wish == new ClusterIngress() ? null : wish;
    }
}
