using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>PriorityLevelConfiguration (flowcontrol.apiserver.k8s.io/v1).</summary>
internal sealed class PriorityLevelRules : KindRules
{
    private const int MaxQueues = 10_000_000;
    private const int MaxHashBits = 60;

    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        if (spec.Object("exempt") is { } exempt)
        {
            SetDefault(exempt, "nominalConcurrencyShares", 0);
            SetDefault(exempt, "lendablePercent", 0);
        }
        if (spec.Object("limited") is not { } limited) return;
        SetDefault(limited, "nominalConcurrencyShares", 30);
        SetDefault(limited, "lendablePercent", 0);
        if (limited.Object("limitResponse")?.Object("queuing") is not { } queuing) return;
        foreach (var (name, value) in new[] { ("handSize", 8), ("queues", 64), ("queueLengthLimit", 50) })
            if (queuing.Integer(name) is null or 0) queuing[name] = value;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var type = spec.Text("type") ?? "";
        if ((document.Name == "exempt") != (type == "Exempt")) causes.Add(StatusCause.Invalid("spec.type", Quote(type), "type must be 'Exempt' if and only if name is 'exempt'"));
        switch (type)
        {
            case "Exempt":
                if (spec["limited"] is not null) causes.Add(StatusCause.Forbidden("spec.limited", "must be nil if the type is not Limited"));
                if (spec.Object("exempt") is { } exempt) Shares(exempt, "spec.exempt", causes);
                break;
            case "Limited":
                if (spec["exempt"] is not null) causes.Add(StatusCause.Forbidden("spec.exempt", "must be nil if the type is Limited"));
                if (spec.Object("limited") is { } limited) Limited(limited, causes);
                else causes.Add(StatusCause.Required("spec.limited", "must not be empty when type is Limited"));
                break;
            default:
                causes.Add(StatusCause.NotSupported("spec.type", Quote(type), ["Exempt", "Limited"]));
                break;
        }
    }

    private static void Limited(JsonObject limited, List<StatusCause> causes)
    {
        const string at = "spec.limited.limitResponse";
        Shares(limited, "spec.limited", causes);
        if (limited.Integer("borrowingLimitPercent") is < 0 and var borrowing) causes.Add(StatusCause.Invalid("spec.limited.borrowingLimitPercent", $"{borrowing}", "if specified, must be a non-negative integer"));
        var response = limited.Object("limitResponse") ?? [];
        switch (response.Text("type"))
        {
            case "Reject":
                if (response["queuing"] is not null) causes.Add(StatusCause.Forbidden($"{at}.queuing", "must be nil if limited.limitResponse.type is not Limited"));
                break;
            case "Queue":
                if (response.Object("queuing") is { } queuing) Queuing(queuing, $"{at}.queuing", causes);
                else causes.Add(StatusCause.Required($"{at}.queuing", "must not be empty if limited.limitResponse.type is Limited"));
                break;
            default:
                causes.Add(StatusCause.NotSupported($"{at}.type", Quote(response.Text("type") ?? ""), ["Queue", "Reject"]));
                break;
        }
    }

    private static void Shares(JsonObject holder, string path, List<StatusCause> causes)
    {
        if (holder.Integer("nominalConcurrencyShares") is < 0 and var shares) causes.Add(StatusCause.Invalid($"{path}.nominalConcurrencyShares", $"{shares}", "must be a non-negative integer"));
        if (holder.Integer("lendablePercent") is < 0 or > 100) causes.Add(StatusCause.Invalid($"{path}.lendablePercent", holder["lendablePercent"].Shown(), "must be between 0 and 100, inclusive"));
    }

    private static void Queuing(JsonObject queuing, string path, List<StatusCause> causes)
    {
        var (length, queues, hand) = (queuing.Integer("queueLengthLimit") ?? 0, queuing.Integer("queues") ?? 0, queuing.Integer("handSize") ?? 0);
        if (length <= 0) Fault("queueLengthLimit", length, "must be positive");
        if (queues <= 0) Fault("queues", queues, "must be positive");
        else if (queues > MaxQueues) Fault("queues", queues, $"must not be greater than {MaxQueues}");
        if (hand <= 0) Fault("handSize", hand, "must be positive");
        else if (hand > queues) Fault("handSize", hand, $"should not be greater than queues ({queues})");
        else if (EntropyBits(queues, hand) > MaxHashBits) Fault("handSize", hand, $"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {MaxHashBits}");

        void Fault(string name, long value, string detail) => causes.Add(StatusCause.Invalid($"{path}.{name}", $"{value}", detail));
    }

    // Bits of a hash that deals a hand of cards from a deck.
    private static int EntropyBits(long deck, long hand)
    {
        var bits = 0.0;
        for (var i = 0L; i < hand && bits <= MaxHashBits; i++) bits += Math.Log2(deck - i);
        return (int)Math.Ceiling(bits);
    }
}
