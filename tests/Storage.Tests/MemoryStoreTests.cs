using Slipway.Storage.Tests.Contract;

namespace Slipway.Storage.Tests;

public sealed class MemoryStoreTests : StoreContract
{
    protected override IStore Open() => new MemoryStore();
}
