using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// How much of the server the requests of a level may have
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#prioritylevelconfiguration"/>).
/// </summary>
internal sealed record PriorityLevel
{
    public required string Name { get; init; }

    public string Uid { get; init; } = "";

    /// <summary>Whether its requests never wait.</summary>
    public bool IsExempt { get; init; }

    /// <summary>Its part of the server's seats, in proportion to those of the other levels.</summary>
    public long Shares { get; init; }

    /// <summary>How many of a hundred of its seats others may use while it does not.</summary>
    public long LendablePercent { get; init; }

    /// <summary>How many seats it may use of others', in hundredths of its own; null for as many as are lent.</summary>
    public long? BorrowingLimitPercent { get; init; }

    /// <summary>Number of queues; 0 when requests that find no seat are refused at once.</summary>
    public int Queues { get; init; }

    /// <summary>Of how many queues a flow takes the shortest.</summary>
    public int HandSize { get; init; }

    /// <summary>How many requests may wait in one queue.</summary>
    public int QueueLengthLimit { get; init; }

    public static PriorityLevel Read(JsonObject document)
    {
        var spec = document.Object("spec") ?? [];
        var isExempt = spec.Text("type") == "Exempt";
        var seats = spec.Object(isExempt ? "exempt" : "limited") ?? [];
        var queuing = seats.Object("limitResponse")?.Object("queuing");
        return new PriorityLevel
        {
            Name = document.Name,
            Uid = document.Uid,
            IsExempt = isExempt,
            Shares = seats.Integer("nominalConcurrencyShares") ?? (isExempt ? 0 : 30),
            LendablePercent = seats.Integer("lendablePercent") ?? 0,
            BorrowingLimitPercent = seats.Integer("borrowingLimitPercent"),
            Queues = (int)(queuing?.Integer("queues") ?? 0),
            HandSize = (int)(queuing?.Integer("handSize") ?? 0),
            QueueLengthLimit = (int)Math.Min(queuing?.Integer("queueLengthLimit") ?? 0, int.MaxValue),
        };
    }
}
