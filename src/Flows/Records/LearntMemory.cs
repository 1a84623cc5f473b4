namespace Slipway.Flows;

/// <summary>Memory that an item of a task will get in later runs.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Item">The item; empty for a task without forEach.</param>
/// <param name="Bytes">The memory in bytes.</param>
public sealed record LearntMemory(string Task, string Item, long Bytes)
{
    private const int KeyLimit = 500;

    /// <summary>What stands for an item where it is looked up: long ones by their hash, since databases bound what can be found.</summary>
    public static string KeyOf(string item) => item.Length <= KeyLimit ? item : $"sha256:{FlowNames.Hash(item, 64)}";
}
